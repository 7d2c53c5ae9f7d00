/* Where CPython keeps what a recorder reads of a frame: one section a version, 3.10 to 3.15, release builds with a GIL.
 *
 * Source: CPython Include/cpython/frameobject.h (3.10), Include/internal/pycore_frame.h (3.11 to 3.13),
 * pycore_interpframe.h and pycore_stackref.h (3.14, 3.15).
 */
#ifndef LASTI_LAYOUTS_H
#define LASTI_LAYOUTS_H

#if PY_VERSION_HEX < 0x030A0000 || PY_VERSION_HEX >= 0x03100000
#error "lasti knows the frames of CPython 3.10 to 3.15"
#endif
#if defined(Py_GIL_DISABLED) || defined(Py_DEBUG) || defined(PYPY_VERSION)
#error "lasti records release builds of CPython with a GIL"
#endif

#include <frameobject.h>
#if PY_VERSION_HEX >= 0x030E0000
#include "internal/pycore_interpframe.h"
#include "internal/pycore_stackref.h"
#include "internal/pycore_frame.h"
#include "internal/pycore_genobject.h"
#elif PY_VERSION_HEX >= 0x030B0000
#include "internal/pycore_frame.h"
#include "internal/pycore_code.h"
#include "internal/pycore_pystate.h"
#endif

/* How many more calls a thread may make: what sys.setrecursionlimit counts. */
#define ROOM 200
#if PY_VERSION_HEX >= 0x030C0000
#define give_room(state, room) ((state)->py_recursion_remaining += (room))
#define depth_of(state) ((state)->py_recursion_limit - (state)->py_recursion_remaining)
#define COUNTS_C_CALLS 0                                      /* they have a count of their own */
#elif PY_VERSION_HEX >= 0x030B0000
#define give_room(state, room) ((state)->recursion_remaining += (room))
#define depth_of(state) ((state)->recursion_limit - (state)->recursion_remaining)
#define COUNTS_C_CALLS 1
#else
#define give_room(state, room) ((state)->recursion_depth -= (room))
#define depth_of(state) ((state)->recursion_depth)
#define COUNTS_C_CALLS 1
#endif

#if PY_VERSION_HEX < 0x030B0000 /* ---- 3.10: a frame is an object -------------------------------------------- */

typedef PyFrameObject LFrame;
#define slots_of(frame) ((uintptr_t *)(frame)->f_localsplus)
#define code_of_frame(frame) ((frame)->f_code)
#define names_of_frame(frame) ((frame)->f_locals)
#define previous_of(frame) ((frame)->f_back)
static inline int unit_of(LFrame *frame) { return frame->f_lasti; }
static inline LFrame *frame_of_generator(PyObject *generator) { return ((PyGenObject *)generator)->gi_frame; }
static inline LFrame *current_frame(void) { return PyEval_GetFrame(); }
static inline LFrame *top_frame_of(PyThreadState *state) { return state->frame; }
static inline LFrame **top_of(PyThreadState *state) { return &state->frame; }
static inline LFrame *frame_of_object(PyFrameObject *frame) { return frame; }
static inline int locals_of_code(PyCodeObject *code)
{
    return code->co_nlocals + (int)PyTuple_GET_SIZE(code->co_cellvars) + (int)PyTuple_GET_SIZE(code->co_freevars);
}

#else /* ---- from 3.11: a struct on a stack of its own, or inside a generator ------------------------------------ */

typedef struct _PyInterpreterFrame LFrame;
#define slots_of(frame) ((uintptr_t *)(frame)->localsplus)
#define names_of_frame(frame) ((frame)->f_locals)
#if PY_VERSION_HEX >= 0x030D0000
#define code_of_frame(frame) _PyFrame_GetCode(frame)
#else
#define code_of_frame(frame) ((frame)->f_code)
#endif
static inline int locals_of_code(PyCodeObject *code) { return code->co_nlocalsplus; }
static inline LFrame *frame_of_object(PyFrameObject *frame) { return frame->f_frame; }

#if PY_VERSION_HEX < 0x030C0000
static inline int unit_of(LFrame *frame) { return (int)(frame->prev_instr - _PyCode_CODE(frame->f_code)); }
#endif

/* Where a thread's state has the frame that runs: the next one will have it as its previous. */
static inline LFrame **top_of(PyThreadState *state)
{
#if PY_VERSION_HEX >= 0x030D0000
    return &state->current_frame;
#else
    return &state->cframe->current_frame;
#endif
}

static inline LFrame *frame_in(PyThreadState *state) { return *top_of(state); }
static inline LFrame *current_frame(void) { return frame_in(PyThreadState_Get()); }

/* The frame that called or resumed this one; those by which C code enters the evaluation loop are passed over. */
static inline int is_frame_of_python(LFrame *frame)
{
#if PY_VERSION_HEX >= 0x030E0000
    return frame->owner < FRAME_OWNED_BY_INTERPRETER;
#elif PY_VERSION_HEX >= 0x030C0000
    return frame->owner != FRAME_OWNED_BY_CSTACK;
#else
    return 1;
#endif
}

static inline LFrame *previous_of(LFrame *frame)
{
    frame = frame->previous;
    while (frame != NULL && !is_frame_of_python(frame)) frame = frame->previous;
    return frame;
}

static inline LFrame *top_frame_of(PyThreadState *state)
{
    LFrame *frame = frame_in(state);
    return frame == NULL || is_frame_of_python(frame) ? frame : previous_of(frame);
}

static inline LFrame *frame_of_generator(PyObject *generator)
{
#if PY_VERSION_HEX >= 0x030E0000
    return &((PyGenObject *)generator)->gi_iframe;
#else
    return (LFrame *)((PyGenObject *)generator)->gi_iframe;
#endif
}
#endif

/* Whether a frame was called by the evaluation loop itself, from the frame beneath. */
static inline int is_called_directly(LFrame *frame)
{
#if PY_VERSION_HEX >= 0x030C0000
    return frame->previous != NULL && is_frame_of_python(frame->previous);
#elif PY_VERSION_HEX >= 0x030B0000
    return !frame->is_entry;
#else
    return 0;
#endif
}

/* What a weak reference leads to, borrowed; NULL when that is gone. */
static inline PyObject *referent(PyObject *reference)
{
    PyObject *object = reference == NULL ? NULL : ((PyWeakReference *)reference)->wr_object;
    return object == NULL || object == Py_None || Py_REFCNT(object) <= 0 ? NULL : object;
}

/* What the running CPython tells debuggers of its layout, beside what its headers say: pairs under a name.  None before 3.13. */
typedef struct { const char *name; uint64_t told, known; } Offset;
#if PY_VERSION_HEX >= 0x030D0000
#include "internal/pycore_runtime.h"
#define TOLD (_PyRuntime.debug_offsets)
#define OFFSETS { \
    {"size of a frame", TOLD.interpreter_frame.size, sizeof(LFrame)}, \
    {"previous", TOLD.interpreter_frame.previous, offsetof(LFrame, previous)}, \
    {"f_executable", TOLD.interpreter_frame.executable, offsetof(LFrame, f_executable)}, \
    {"instr_ptr", TOLD.interpreter_frame.instr_ptr, offsetof(LFrame, instr_ptr)}, \
    {"localsplus", TOLD.interpreter_frame.localsplus, offsetof(LFrame, localsplus)}, \
    {"owner", TOLD.interpreter_frame.owner, offsetof(LFrame, owner)}, \
    {"current_frame", TOLD.thread_state.current_frame, offsetof(PyThreadState, current_frame)}, \
    {"ob_type", TOLD.pyobject.ob_type, offsetof(PyObject, ob_type)}, \
    {"free threading", TOLD.free_threaded, 0}, \
    {NULL, 0, 0}}
#else
#define OFFSETS {{NULL, 0, 0}}
#endif

/* -- generators --------------------------------------------------------------------------------------------------- */

#if PY_VERSION_HEX >= 0x030C0000
static inline PyObject *code_of_generator(PyObject *generator)
{
    return (PyObject *)code_of_frame(frame_of_generator(generator));
}
#else
static inline PyObject *code_of_generator(PyObject *generator)
{
    return (PyObject *)((PyGenObject *)generator)->gi_code;
}
#endif

static inline int is_generator(PyObject *value)
{
    return Py_TYPE(value) == &PyGen_Type || Py_TYPE(value) == &PyCoro_Type || Py_TYPE(value) == &PyAsyncGen_Type;
}

#if PY_VERSION_HEX >= 0x030B0000
static inline int is_new_generator(PyGenObject *generator) { return generator->gi_frame_state == FRAME_CREATED; }
#if PY_VERSION_HEX >= 0x030F0000
static inline int is_finished(PyGenObject *generator) { return generator->gi_frame_state >= FRAME_CLEARED; }
#else
static inline int is_finished(PyGenObject *generator) { return generator->gi_frame_state >= FRAME_COMPLETED; }
#endif

/* The generator in which a frame lies, NULL for that of a plain call. */
static inline PyObject *generator_of_frame(LFrame *frame)
{
    if (frame->owner != FRAME_OWNED_BY_GENERATOR) return NULL;
    return (PyObject *)((char *)frame - offsetof(PyGenObject, gi_iframe));
}
#else
static inline int is_new_generator(PyGenObject *generator)
{
    return generator->gi_frame != NULL && generator->gi_frame->f_lasti == -1;
}
static inline int is_finished(PyGenObject *generator) { return generator->gi_frame == NULL; }
static inline PyObject *generator_of_frame(LFrame *frame) { return frame->f_gen; }
#endif

/* Where an async generator keeps the hook of sys.set_asyncgen_hooks that is called when it dies. */
static inline PyObject **finalizer_of(PyObject *generator)
{
#if PY_VERSION_HEX >= 0x030B0000
    return &((PyGenObject *)generator)->gi_origin_or_finalizer;
#else
    return &((PyAsyncGenObject *)generator)->ag_finalizer;
#endif
}

/* Whether it is to be called: not if aclose() was. */
static inline int has_finalizer(PyObject *generator)
{
    if (!PyAsyncGen_CheckExact(generator) || *finalizer_of(generator) == NULL) return 0;
#if PY_VERSION_HEX >= 0x030B0000
    return !((PyGenObject *)generator)->gi_closed;
#else
    return !((PyAsyncGenObject *)generator)->ag_closed;
#endif
}

/* Whether a suspended generator is over, or will be without running when it is closed: 3.13 does not run one that stands at
 * a yield with no handler around it.  (Earlier versions, and from 3.14 on, do while somebody observes.)  Source: gen_close in
 * Objects/genobject.c; RESUME_OPARG_DEPTH1_MASK. */
static inline int ends_unseen(PyObject *generator)
{
    if (is_finished((PyGenObject *)generator)) return 1;
#if PY_VERSION_HEX >= 0x030D0000 && PY_VERSION_HEX < 0x030E0000
    return (frame_of_generator(generator)->instr_ptr->op.arg & 4) != 0;
#else
    return 0;
#endif
}

/* -- small integers ----------------------------------------------------------------------------------------------- */

#if PY_VERSION_HEX >= 0x030C0000
static inline int is_compact_int(PyObject *value) { return PyUnstable_Long_IsCompact((PyLongObject *)value); }
static inline int64_t compact_int(PyObject *value) { return PyUnstable_Long_CompactValue((PyLongObject *)value); }
#else
static inline int is_compact_int(PyObject *value) { return Py_SIZE(value) >= -1 && Py_SIZE(value) <= 1; }
static inline int64_t compact_int(PyObject *value)
{
    return Py_SIZE(value) == 0 ? 0 : Py_SIZE(value) * (int64_t)((PyLongObject *)value)->ob_digit[0];
}
#endif

#if PY_VERSION_HEX >= 0x030C0000
/* An offset as sys.monitoring gives it: a small integer that is not negative. */
static inline int offset_in(PyObject *value) { return (int)((PyLongObject *)value)->long_value.ob_digit[0]; }
#endif

/* -- slots ------------------------------------------------------------------------------------------------------- */

#if PY_VERSION_HEX >= 0x030E0000
/* A tagged _PyStackRef.  Bit 0: no reference owned; nothing but bit 0: NULL; 3: an integer that is no object; 2 (3.15):
 * a raw pointer. */
static inline int is_tagged_int(uintptr_t slot) { return (slot & 3) == 3; }
static inline int64_t tagged_int(uintptr_t slot) { return (int64_t)slot >> 2; }
static inline PyObject *object_in(uintptr_t slot)
{
    return (slot & 2) || slot <= 1 ? NULL : (PyObject *)(slot & ~(uintptr_t)1);
}
static inline int is_borrowed(uintptr_t slot) { return (int)(slot & 1); }
#else
static inline int is_tagged_int(uintptr_t slot) { (void)slot; return 0; }
static inline int64_t tagged_int(uintptr_t slot) { return (int64_t)slot; }
static inline PyObject *object_in(uintptr_t slot) { return (PyObject *)slot; }
static inline int is_borrowed(uintptr_t slot) { (void)slot; return 0; }
#endif

#endif
