/* The encoder of lasti.trace.encoder, in C: the same lines, at a fraction of the cost.
 *
 * encoder.py is the reference and says what happens when and why; the names here are those there.  Nothing in this file
 * runs code of the program's: types are told apart by address, objects are read where they lie, and what is too rare to
 * be written in C is asked of the same Python functions that the reference uses (``self->capture``).
 *
 * Those Python functions, and objects that die when a reference is dropped, can let other code run in the middle of a
 * method: another thread, a ``__del__``.  So a line is built in a Text of its own and added to the stream at once, and no
 * pointer into a table is kept across such a call (entries, plans and activations lie on the heap and stay where they
 * are).
 */
#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE 1
#include <Python.h>
#include <structmember.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include "layouts.h"

#ifndef SOURCES
#define SOURCES 0                                             /* setup.py says which they are: 0 for "unknown" */
#endif

#define BLOCK 2048
#define BLOCK_SIZE 4000000
#define LONGEST 200
#define LONGEST_OUTPUT 100000
#define MOST_ITEMS 32
#define HEAD 24
#define TAIL 8
#define DEEPER 6                                              /* capture.DEEPER */

enum { QUIET = 1, CALL = 2, MAKES = 4, WHOLE = 8, HANDLER = 16, YIELDS = 32, RERAISES = 64,
       RAISES_AGAIN = 128, KEEPS = 256 };                    /* facts.py */
enum { IS_NEW = 1, IS_SAME = 2, AGAIN = 4, IS_SINGLE = 8 };  /* how to look; AGAIN: whatever the epoch says */
#define NOT_BEGUN (-1)

/* -- texts ------------------------------------------------------------------------------------------------------- */

typedef struct Text {
    char *data;
    size_t len, cap;
    struct Text *next;                                       /* in the list of those that nobody uses */
} Text;

static int grow_text(Text *text, size_t more)
{
    size_t cap = text->cap ? text->cap * 2 : 256;
    while (cap < text->len + more) cap *= 2;
    char *data = PyMem_RawRealloc(text->data, cap);
    if (data == NULL) { PyErr_NoMemory(); return -1; }
    text->data = data;
    text->cap = cap;
    return 0;
}

static inline int room(Text *text, size_t more)
{
    return text->len + more <= text->cap ? 0 : grow_text(text, more);
}

static inline int put(Text *text, const char *data, size_t len)
{
    if (len == 0) return 0;                                  /* there may be no data at all yet */
    if (room(text, len) < 0) return -1;
    memcpy(text->data + text->len, data, len);
    text->len += len;
    return 0;
}

static inline int put_char(Text *text, char c)
{
    if (text->len == text->cap && room(text, 1) < 0) return -1;
    text->data[text->len++] = c;
    return 0;
}

#define PUT(text, literal) put(text, literal, sizeof(literal) - 1)

static const char PAIRS[] =                                   /* 00 01 ... 99 */
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

#define LONGEST_INT 20                                        /* digits and sign of an int64_t */

static inline int digits_of(uint64_t value)
{
    for (int count = 1;; count += 4, value /= 10000) {
        if (value < 10) return count;
        if (value < 100) return count + 1;
        if (value < 1000) return count + 2;
        if (value < 10000) return count + 3;
    }
}

/* Write a number at a place that has room for it, and return where it ends. */
static inline char *int_at(char *at, int64_t value)
{
    if (value >= 0 && value < 10) { *at = (char)('0' + value); return at + 1; }
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    if (value < 0) *at++ = '-';
    char *end = at + digits_of(rest), *begin = end;
    for (; rest >= 10; rest /= 100) memcpy(begin -= 2, PAIRS + 2 * (rest % 100), 2);
    if (begin > at) *at = (char)('0' + rest);
    return end;
}

static int put_int(Text *text, int64_t value)
{
    if (room(text, LONGEST_INT) < 0) return -1;
    text->len = (size_t)(int_at(text->data + text->len, value) - text->data);
    return 0;
}

/* Write numbers with a character between them. */
static int put_ints(Text *text, const int64_t *values, int count, char between)
{
    if (room(text, (size_t)count * (LONGEST_INT + 1)) < 0) return -1;
    char *at = text->data + text->len;
    for (int i = 0; i < count; i++) {
        if (i) *at++ = between;
        at = int_at(at, values[i]);
    }
    text->len = (size_t)(at - text->data);
    return 0;
}

typedef struct { int64_t *items; size_t count, room; } Numbers;

static int add_number(Numbers *numbers, int64_t number)
{
    if (numbers->count == numbers->room) {
        size_t count = numbers->room ? numbers->room * 2 : 256;
        int64_t *items = PyMem_RawRealloc(numbers->items, count * sizeof *items);
        if (items == NULL) { PyErr_NoMemory(); return -1; }
        numbers->items = items;
        numbers->room = count;
    }
    numbers->items[numbers->count++] = number;
    return 0;
}

static int put_escape(Text *text, unsigned unit)
{
    static const char hex[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15]};
    return put(text, escape, 6);
}

static int put_quoted_char(Text *text, Py_UCS4 c)
{
    switch (c) {
    case '"': return PUT(text, "\\\"");
    case '\\': return PUT(text, "\\\\");
    case '\n': return PUT(text, "\\n");
    case '\r': return PUT(text, "\\r");
    case '\t': return PUT(text, "\\t");
    case '\b': return PUT(text, "\\b");
    case '\f': return PUT(text, "\\f");
    }
    if (c >= ' ' && c < 127) return put_char(text, (char)c);
    if (c < 0x10000) return put_escape(text, c);
    c -= 0x10000;
    return put_escape(text, 0xD800 | (c >> 10)) < 0 ? -1 : put_escape(text, 0xDC00 | (c & 0x3FF));
}

/* A str as json.encoder.encode_basestring_ascii writes it, up to `most` characters. */
static int put_quoted(Text *text, PyObject *str, Py_ssize_t most)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(str);
    if (length > most) length = most;
    int kind = PyUnicode_KIND(str);
    const void *data = PyUnicode_DATA(str);
    if (room(text, (size_t)length + 2) < 0 || put_char(text, '"') < 0) return -1;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        if (c >= ' ' && c < 127 && c != '"' && c != '\\') { if (put_char(text, (char)c) < 0) return -1; }
        else if (put_quoted_char(text, c) < 0) return -1;
    }
    return put_char(text, '"');
}

static uint64_t hash_of(const char *data, size_t len)
{
    uint64_t hash = 0x9E3779B97F4A7C15u ^ len;
    while (len >= 8) {
        uint64_t word;
        memcpy(&word, data, 8);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
        hash ^= hash >> 32;
        data += 8; len -= 8;
    }
    uint64_t word = 0;
    memcpy(&word, data, len);
    hash = (hash ^ word) * 0xD6E8FEB86659FD93u;
    hash ^= hash >> 29;
    return hash | 1;                                         /* never 0: no picture yet */
}

/* -- records ----------------------------------------------------------------------------------------------------- */

/* How objects of one type are looked at: lasti.trace.anatomy.Plan. */
enum How { CELL, FUNCTION, BUILTIN, DESCRIPTOR, CLASS, MODULE, CODE, METHOD, RESUMABLE, PARTS, OTHER };

/* One aspect of an object: lasti.trace.anatomy.Part. */
enum Part { LIST_ITEMS, TUPLE_ITEMS, ELEMENTS, PAIRS_OF_DICT, ARGS, INT_VALUE, FLOAT_VALUE, COMPLEX_VALUE, STR_VALUE,
            BYTES_VALUE, ATTRIBUTES, UNKNOWN_PART };
#define MOST_PARTS 2

/* Where a slot of __slots__ lies in an object. */
typedef struct { PyObject *name; Py_ssize_t offset; } Slot;

typedef struct Plan {
    PyTypeObject *type;
    int64_t users;                                           /* the table, and entries */
    PyObject *stamp;                                         /* a weak reference to it, NULL for a built-in type */
    PyObject *plan;
    enum How how;
    enum Part parts[MOST_PARTS];
    int part_count;
    Slot *slots;                                             /* of the attributes */
    Py_ssize_t slot_count;
    char has_dict;
    char is_immutable, is_stable, is_cell, is_resumable;
    Text head;                                               /* ,"kind","name", */
} Plan;

typedef struct {
    PyObject *address;                                       /* no reference: the object may be gone */
    int64_t number;
    Plan *plan;
    uint64_t epoch, content;
    uint64_t named, pictured;                                /* the generation in which it was that last */
    PyObject *name;                                          /* of what has nothing else in its picture, or NULL */
} Entry;

/* What there is to know of a code object: lasti.trace.facts.Facts. */
typedef struct {
    PyObject *code;
    PyObject *facts;
    int64_t number, counter;
    int locals, arguments, positional, units, instructions;
    char is_resumable, is_init, is_fast;
    const int *flags, *rest, *low, *high, *grown, *writes, *depths, *index_of, *offsets;
    Py_buffer buffers[9];
} Facts;

struct Thread;

typedef struct Activation {
    int64_t number, block, ordinal, origin, first;
    Facts *facts;
    uintptr_t key;                                           /* machine: its number; native: where its frame lies */
    PyObject *frame;                                         /* machine: the frame, while it runs */
    LFrame *host;                                            /* native: where the frame lies, while that is sure */
    PyObject *where;                                         /* a weak reference: to the frame, or the generator */
    struct Thread *thread;                                   /* on whose stack it is, NULL while suspended */
    struct Activation *next;                                 /* in its bucket */
    PyObject **held;
    int held_count, held_room;
    int last, height;
    char is_making, is_direct, is_unsure, is_tame, has_ended, has_run, is_native, is_pending, is_ending;
    char is_dying;                                           /* an async generator whose hook is to be called */
    char is_lost;                                            /* on a stack, but not among the frames that run */
    PyObject *error;                                         /* 3.10, 3.11: that was raised last, and is in flight */
} Activation;

typedef struct Thread {
    uint64_t id;                                             /* of its PyThreadState: no other gets it */
    int64_t number;
    Activation **stack;
    int count, room;
    struct Thread *next;
} Thread;

/* Tables by address: open addressing, a power of two. */
typedef struct {
    void **slots;
    size_t mask, used;
} Table;

static inline size_t place_of(const Table *table, uintptr_t key)
{
    return (size_t)((key >> 4) * 0x9E3779B97F4A7C15u >> 20) & table->mask;
}

typedef struct {
    PyObject_HEAD
    vectorcallfunc called;
    /* Python functions */
    PyObject *facts_of, *number_of_thread, *is_full, *capture, *block_type, *module_names, *null, *failed;
    /* where the machine's frame keeps what is read of it */
    Py_ssize_t at_activation, at_pc, at_stack, at_fast, at_code, at_back, at_locals, at_is_over, at_qualname;
    Table entries, plans, facts;
    Activation **buckets;
    size_t bucket_mask, activation_count;
    Activation **ran;                                        /* in this block */
    size_t ran_count, ran_room;
    Thread *threads, *turn;                                  /* all; the one whose turn it is in the stream */
    Thread *latest;                                          /* looked up last */
    Thread *turn_before;                                     /* while something is `ending` it is nobody's turn */
    Text stream, pictures, births, output, ends;
    Numbers pictured, late;                                  /* objects; activations of earlier blocks, last steps */
    Numbers ending;                                          /* activations, keys and numbers: they may be over */
    Text *unused;
    Activation *unused_activations;
    int64_t *counters;
    size_t counter_room;
    int64_t lines, steps, first_step, block, activations, objects, outputs, output_length, earlier;
    int64_t began, time, current;
    uint64_t epoch, generation;
    char is_off, tells_of_loops;
    /* while Python code of ours is asked */
    PyThreadState *asker;
    int asking;                                              /* calls, one in another */
    char has_gate, is_impatient;
    PyThread_type_lock gate;
    int64_t harmless_count;
    uintptr_t *harmless;                                     /* sorted */
    /* native */
    PyObject *is_watched, *disable, *on_death;
    uint64_t hidden;                                         /* the recorder's own thread, by the id of its state */
    Table unwatched;                                         /* code objects */
    PyObject *unwatched_last;                                /* that was asked for */
} Encoder;

static int64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static Text *take_text(Encoder *self)
{
    Text *text = self->unused;
    if (text != NULL) { self->unused = text->next; text->len = 0; return text; }
    text = PyMem_RawCalloc(1, sizeof *text);
    if (text == NULL) PyErr_NoMemory();
    return text;
}

static void give_text(Encoder *self, Text *text)
{
    if (text != NULL) { text->next = self->unused; self->unused = text; }
}

/* Return the slot of the table where `key` lies (every record begins with its key), or where it would. */
static void **find(Table *table, const void *key)
{
    static void *nothing;
    if (table->slots == NULL) { nothing = NULL; return &nothing; }
    for (size_t place = place_of(table, (uintptr_t)key);; place = (place + 1) & table->mask) {
        void **slot = &table->slots[place];
        if (*slot == NULL || **(void ***)slot == key) return slot;
    }
}

static int grow(Table *table)
{
    if (table->slots != NULL && table->used * 2 <= table->mask) return 0;
    Table bigger = {NULL, table->slots == NULL ? 1023 : table->mask * 2 + 1, table->used};
    bigger.slots = PyMem_RawCalloc(bigger.mask + 1, sizeof(void *));
    if (bigger.slots == NULL) { PyErr_NoMemory(); return -1; }
    for (size_t i = 0; table->slots != NULL && i <= table->mask; i++)
        if (table->slots[i] != NULL) *find(&bigger, *(void **)table->slots[i]) = table->slots[i];
    PyMem_RawFree(table->slots);
    *table = bigger;
    return 0;
}

static int insert(Table *table, void *record)
{
    if (grow(table) < 0) return -1;
    *find(table, *(void **)record) = record;
    table->used++;
    return 0;
}

/* -- asking Python code of ours ------------------------------------------------------------------------------------- */

/* Other threads may go on meanwhile.  Whatever they have to tell waits until the answer is there: so each event is told as
 * if it had taken no time, and no block ends in the midst of another thread's.  A handler of signals that runs meanwhile
 * may itself wait for such a thread: after a second it waits no longer. */
#define PATIENCE 1000000000                                   /* ns */

static void begin_to_ask(Encoder *self)
{
    Py_INCREF(self);                                          /* CPython keeps no reference to what it calls */
    if (self->asking++) return;
    self->asker = PyThreadState_Get();
    self->has_gate = (char)PyThread_acquire_lock(self->gate, NOWAIT_LOCK);
}

/* Unless nobody else has it any more: whoever asked is not done with it. */
static void let_go_of_self(Encoder *self)
{
    if (Py_REFCNT(self) > 1) Py_DECREF(self);
}

static void end_asking(Encoder *self)
{
    if (--self->asking == 0) {
        self->asker = NULL;
        self->is_impatient = 0;
        if (self->has_gate) PyThread_release_lock(self->gate);
    }
    let_go_of_self(self);
}

/* The recorder's own thread waits for nobody: others wait for it. */
static int is_hidden(Encoder *self) { return PyThreadState_Get()->id == self->hidden; }

static void wait_for_asker(Encoder *self)
{
    int64_t until = now_ns() + PATIENCE;
    if (is_hidden(self)) return;
    Py_INCREF(self);
    while (self->asking && self->asker != PyThreadState_Get() && !self->is_impatient) {
        Py_BEGIN_ALLOW_THREADS
        if (PyThread_acquire_lock_timed(self->gate, PATIENCE / 1000, 0) == PY_LOCK_ACQUIRED)
            PyThread_release_lock(self->gate);
        Py_END_ALLOW_THREADS
        if (now_ns() > until) self->is_impatient = 1;
    }
    let_go_of_self(self);
}

/* Whether an event that begins is not to be noted.  Every one of watched code begins with this, and no other does. */
static inline int is_off(Encoder *self)
{
    if (self->asking && !self->is_off) wait_for_asker(self);  /* a forked child has nobody who asks */
    return self->is_off;
}

/* The garbage collector, which may run the program's code, waits.  The function is gone when the recording has ended while
 * another was asked. */
static PyObject *ask(Encoder *self, PyObject *function, PyObject *const *args, size_t count)
{
    if (function == NULL) { PyErr_SetString(PyExc_RuntimeError, "the recording is over"); return NULL; }
    Py_INCREF(function);
    int was_enabled = PyGC_Disable();
    begin_to_ask(self);
    give_room(PyThreadState_Get(), ROOM);                     /* the program may be at its limit: ours is another call */
    PyObject *result = PyObject_Vectorcall(function, args, count, NULL);
    give_room(PyThreadState_Get(), -ROOM);
    end_asking(self);
    if (was_enabled) PyGC_Enable();
    Py_DECREF(function);
    return result;
}

static PyObject *ask_capture(Encoder *self, const char *name, PyObject *const *args, size_t count)
{
    PyObject *function = PyObject_GetAttrString(self->capture, name);
    if (function == NULL) return NULL;
    PyObject *result = ask(self, function, args, count);
    Py_DECREF(function);
    return result;
}

static int put_str(Text *text, PyObject *str)                /* an ASCII str; takes the reference */
{
    if (str == NULL) return -1;
    Py_ssize_t length;
    const char *data = PyUnicode_AsUTF8AndSize(str, &length);
    int result = data == NULL ? -1 : put(text, data, (size_t)length);
    Py_DECREF(str);
    return result;
}

/* -- what stands there by value ---------------------------------------------------------------------------------- */

static int put_bytes(Text *text, PyObject *value)
{
    Py_ssize_t length = PyBytes_GET_SIZE(value), shown = length < LONGEST ? length : LONGEST;
    const unsigned char *data = (const unsigned char *)PyBytes_AS_STRING(value);
    if (PUT(text, "[\"bytes\",\"") < 0) return -1;
    for (Py_ssize_t i = 0; i < shown; i++)
        if (put_quoted_char(text, data[i]) < 0) return -1;
    return PUT(text, "\",") < 0 || put_int(text, length) < 0 ? -1 : put_char(text, ']');
}

/* The bits of a float: to find its shortest digits would take longer than all the rest of a step. */
static int put_float(Text *text, double value)
{
    char line[] = "[\"float\",\"................\"]", *end = line + sizeof line - 3;
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    for (int i = 0; i < 16; i++, bits >>= 4) *--end = "0123456789abcdef"[bits & 15];
    return put(text, line, sizeof line - 1);
}

static int is_rare(PyTypeObject *type)
{
    return type == &PyComplex_Type || type == &PyRange_Type || type == &PySlice_Type || type == &PyEllipsis_Type
        || type == Py_TYPE(Py_NotImplemented);
}

static inline int is_null(Encoder *self, PyObject *value) { return value == NULL || value == self->null; }

/* Tell whether a value stands in a line by itself: it has no number and no picture. */
static inline int is_scalar(Encoder *self, PyObject *value)
{
    if (is_null(self, value) || value == Py_None) return 1;
    PyTypeObject *type = Py_TYPE(value);
    return type == &PyLong_Type || type == &PyUnicode_Type || type == &PyBool_Type || type == &PyFloat_Type
        || type == &PyBytes_Type || is_rare(type);
}

static int put_scalar(Encoder *self, Text *text, PyObject *value)
{
    if (is_null(self, value)) return PUT(text, "[]");
    if (value == Py_None) return PUT(text, "null");
    PyTypeObject *type = Py_TYPE(value);
    if (type == &PyLong_Type) {
        int overflow;
        long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
        if (!overflow) return put_int(text, number);
    }
    else if (type == &PyUnicode_Type) {
        if (PyUnicode_GET_LENGTH(value) <= LONGEST) return put_quoted(text, value, LONGEST);
        if (PUT(text, "[\"str\",") < 0 || put_quoted(text, value, LONGEST) < 0 || put_char(text, ',') < 0) return -1;
        return put_int(text, PyUnicode_GET_LENGTH(value)) < 0 ? -1 : put_char(text, ']');
    }
    else if (type == &PyBool_Type)
        return value == Py_True ? PUT(text, "true") : PUT(text, "false");
    else if (type == &PyFloat_Type)
        return put_float(text, PyFloat_AS_DOUBLE(value));
    else if (type == &PyBytes_Type)
        return put_bytes(text, value);
    return put_str(text, ask_capture(self, "write", &value, 1));
}

/* -- most values -------------------------------------------------------------------------------------------------- */

#define QUICK 40                                              /* characters that a value which is quickly written has */
#define QUICK_STR (QUICK - 3)

static char *quick_str(char *at, PyObject *value)
{
    if (!PyUnicode_IS_COMPACT_ASCII(value) || PyUnicode_GET_LENGTH(value) > QUICK_STR) return NULL;
    const unsigned char *data = PyUnicode_1BYTE_DATA(value), *end = data + PyUnicode_GET_LENGTH(value);
    *at++ = '"';
    for (; data < end; data++) {
        if (*data < ' ' || *data == '"' || *data == '\\' || *data == 127) return NULL;
        *at++ = (char)*data;
    }
    *at = '"';
    return at + 1;
}

static inline char *quick_literal(char *at, const char *literal)
{
    size_t length = strlen(literal);
    memcpy(at, literal, length);
    return at + length;
}

/* Write a small integer, a short text and the like at a place that has room for QUICK characters, and return where it
 * ends; NULL for all else. */
static inline char *quick_scalar(Encoder *self, char *at, PyObject *value)
{
    if (is_null(self, value)) return quick_literal(at, "[]");
    if (value == Py_None) return quick_literal(at, "null");
    PyTypeObject *type = Py_TYPE(value);
    if (type == &PyLong_Type) return is_compact_int(value) ? int_at(at, compact_int(value)) : NULL;
    if (type == &PyUnicode_Type) return quick_str(at, value);
    if (type == &PyBool_Type) return quick_literal(at, value == Py_True ? "true" : "false");
    return NULL;
}

/* Interned, as the names in code objects are. */
static PyObject *name_name, *name_self, *name_ready, *name_scheduled, *name_waiter, *name_done, *name_get_name, *name_warn,
    *name_get_coro, *name_cancelled, *name_exception;

static int make_names(void)
{
    PyObject **const names[] = {&name_name, &name_self, &name_ready, &name_scheduled, &name_waiter, &name_done,
                                &name_get_name, &name_warn, &name_get_coro, &name_cancelled, &name_exception};
    static const char *const texts[] = {"__name__", "__self__", "_ready", "_scheduled", "_fut_waiter", "done",
                                        "get_name", "_warn_unawaited_coroutine", "get_coro", "cancelled", "_exception"};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++)
        if ((*names[i] = PyUnicode_InternFromString(texts[i])) == NULL) return -1;
    return 0;
}

/* -- objects ----------------------------------------------------------------------------------------------------- */

static int look(Encoder *self, PyObject *value, int how, int nesting, Entry **found);
static Activation *activation_at(Encoder *self, uintptr_t key);
static struct Thread *thread_of(Encoder *self);
static int meet_generator(Encoder *self, struct Thread *thread, PyObject *generator);
static int note_finished(Encoder *self, PyObject *generator);

static PyObject *qualname_of(PyTypeObject *type)
{
    return PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) ? ((PyHeapTypeObject *)type)->ht_qualname : NULL;
}

/* The slot of this name, as anatomy._descriptor finds it. */
static PyMemberDef *member_named(PyTypeObject *type, PyObject *name)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_mro); i++) {
        PyObject *dict = ((PyTypeObject *)PyTuple_GET_ITEM(type->tp_mro, i))->tp_dict;
        PyObject *found = dict == NULL ? NULL : PyDict_GetItemWithError(dict, name);
        if (found != NULL && Py_TYPE(found) == &PyMemberDescr_Type && PyType_IsSubtype(type, PyDescr_TYPE(found)))
            return ((PyMemberDescrObject *)found)->d_member;
    }
    return NULL;
}

/* Note where the slots lie: 1 if C code can read all of them there, as it can those of __slots__. */
static int find_slots(Plan *plan, PyTypeObject *type, PyObject *names)
{
    plan->slots = PyMem_RawCalloc((size_t)PyTuple_GET_SIZE(names) + 1, sizeof *plan->slots);
    if (plan->slots == NULL) return 0;
    for (; plan->slot_count < PyTuple_GET_SIZE(names); plan->slot_count++) {
        PyObject *name = PyTuple_GET_ITEM(names, plan->slot_count);
        PyMemberDef *member = member_named(type, name);
        if (member == NULL || member->type != T_OBJECT_EX || (member->flags & ~READONLY)) return 0;
        plan->slots[plan->slot_count] = (Slot){Py_NewRef(name), member->offset};
    }
    return 1;
}

/* Which aspect of objects of this type a part is, from its key. */
static enum Part part_of(Plan *plan, PyTypeObject *type, PyObject *part)
{
    static const struct { const char *key; unsigned long flag; enum Part part; } by_flag[] = {
        {"items", Py_TPFLAGS_LIST_SUBCLASS, LIST_ITEMS}, {"items", Py_TPFLAGS_TUPLE_SUBCLASS, TUPLE_ITEMS},
        {"pairs", Py_TPFLAGS_DICT_SUBCLASS, PAIRS_OF_DICT}, {"args", Py_TPFLAGS_BASE_EXC_SUBCLASS, ARGS},
        {"value", Py_TPFLAGS_LONG_SUBCLASS, INT_VALUE}, {"value", Py_TPFLAGS_UNICODE_SUBCLASS, STR_VALUE},
        {"value", Py_TPFLAGS_BYTES_SUBCLASS, BYTES_VALUE},
    };
    static const struct { const char *key; PyTypeObject *type; enum Part part; } by_type[] = {
        {"elements", &PySet_Type, ELEMENTS}, {"elements", &PyFrozenSet_Type, ELEMENTS},
        {"value", &PyFloat_Type, FLOAT_VALUE}, {"value", &PyComplex_Type, COMPLEX_VALUE},
    };
    PyObject *key = PyTuple_GET_ITEM(part, 0);                /* a NamedTuple: key, read, slots, has_dict */
    for (size_t i = 0; i < Py_ARRAY_LENGTH(by_flag); i++)
        if (PyUnicode_CompareWithASCIIString(key, by_flag[i].key) == 0 && PyType_HasFeature(type, by_flag[i].flag))
            return by_flag[i].part;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(by_type); i++)
        if (PyUnicode_CompareWithASCIIString(key, by_type[i].key) == 0 && PyType_IsSubtype(type, by_type[i].type))
            return by_type[i].part;
    if (PyUnicode_CompareWithASCIIString(key, "attributes") != 0) return UNKNOWN_PART;
    plan->has_dict = PyTuple_GET_ITEM(part, 3) == Py_True;
    return find_slots(plan, type, PyTuple_GET_ITEM(part, 2)) ? ATTRIBUTES : UNKNOWN_PART;
}

static int is_descriptor(PyTypeObject *type)
{
    return PyType_IsSubtype(type, &PyMethodDescr_Type) || PyType_IsSubtype(type, &PyWrapperDescr_Type)
        || PyType_IsSubtype(type, &PyClassMethodDescr_Type) || PyType_IsSubtype(type, &PyGetSetDescr_Type)
        || PyType_IsSubtype(type, &PyMemberDescr_Type);
}

static enum How how_of(Plan *plan, PyTypeObject *type, PyObject *parts)
{
    if (type == &PyCell_Type) return CELL;
    if (type == &PyFunction_Type) return FUNCTION;
    if (type == &PyCFunction_Type) return BUILTIN;
    if (PyType_HasFeature(type, Py_TPFLAGS_TYPE_SUBCLASS)) return CLASS;
    if (is_descriptor(type)) return DESCRIPTOR;
    if (type == &PyModule_Type) return MODULE;
    if (type == &PyCode_Type) return CODE;
    if (type == &PyMethod_Type) return METHOD;
    if (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type) return RESUMABLE;
    if (PyTuple_GET_SIZE(parts) > MOST_PARTS) return OTHER;
    for (; plan->part_count < PyTuple_GET_SIZE(parts); plan->part_count++) {
        enum Part part = part_of(plan, type, PyTuple_GET_ITEM(parts, plan->part_count));
        if (part == UNKNOWN_PART) return OTHER;
        plan->parts[plan->part_count] = part;
    }
    return PARTS;
}

static int has_flag(PyObject *object, const char *name)
{
    PyObject *flag = PyObject_GetAttrString(object, name);
    int result = flag == NULL ? -1 : PyObject_IsTrue(flag);
    Py_XDECREF(flag);
    return result;
}

static int fill_plan(Plan *plan, PyTypeObject *type, PyObject *made)
{
    int is_immutable = has_flag(made, "is_immutable"), is_resumable = has_flag(made, "is_resumable");
    int is_stable = has_flag(made, "stable");
    PyObject *kind = PyObject_GetAttrString(made, "kind"), *name = PyObject_GetAttrString(made, "name");
    PyObject *parts = PyObject_GetAttrString(made, "parts");
    int result = -1;
    if (is_immutable >= 0 && is_resumable >= 0 && is_stable >= 0 && kind != NULL && name != NULL && parts != NULL) {
        plan->is_immutable = (char)is_immutable;
        plan->is_resumable = (char)is_resumable;
        plan->is_stable = (char)is_stable;
        plan->how = how_of(plan, type, parts);
        plan->is_cell = plan->how == CELL;
        plan->head.len = 0;
        result = put_char(&plan->head, ',') < 0 || put_quoted(&plan->head, kind, PY_SSIZE_T_MAX) < 0
            || put_char(&plan->head, ',') < 0 || put_quoted(&plan->head, name, PY_SSIZE_T_MAX) < 0
            || put_char(&plan->head, ',') < 0 ? -1 : 0;
    }
    Py_XDECREF(kind);
    Py_XDECREF(name);
    Py_XDECREF(parts);
    return result;
}

static void drop_plan(Plan *plan)
{
    if (--plan->users) return;
    for (Py_ssize_t i = 0; i < plan->slot_count; i++) Py_DECREF(plan->slots[i].name);
    PyMem_RawFree(plan->slots);
    PyMem_RawFree(plan->head.data);
    Py_XDECREF(plan->stamp);
    Py_XDECREF(plan->plan);
    PyMem_RawFree(plan);
}

static Plan *new_plan(PyTypeObject *type, PyObject *made)
{
    Plan *plan = PyMem_RawCalloc(1, sizeof *plan);
    if (plan == NULL) { Py_DECREF(made); PyErr_NoMemory(); return NULL; }
    plan->type = type;
    plan->users = 1;
    plan->plan = made;
    if (PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)
        && (plan->stamp = PyWeakref_NewRef((PyObject *)type, NULL)) == NULL) { drop_plan(plan); return NULL; }
    if (fill_plan(plan, type, made) < 0) { drop_plan(plan); return NULL; }
    return plan;
}

/* How to look at objects of this type; another type may lie at the address of one that is gone. */
static Plan *plan_of(Encoder *self, PyTypeObject *type)
{
    Plan *known = *find(&self->plans, type);
    if (known != NULL && (known->stamp == NULL || referent(known->stamp) == (PyObject *)type)) return known;
    PyObject *arg = (PyObject *)type;
    PyObject *made = ask_capture(self, "plan_of", &arg, 1);
    Plan *plan = made == NULL ? NULL : new_plan(type, made);
    if (plan == NULL) return NULL;
    void **slot = find(&self->plans, type);
    if (self->plans.slots == NULL || *slot == NULL) return insert(&self->plans, plan) < 0 ? NULL : plan;
    Plan *old = *slot;
    *slot = plan;
    drop_plan(old);
    return plan;
}

static void set_plan(Entry *entry, Plan *plan)
{
    if (entry->plan == plan) return;
    plan->users++;
    if (entry->plan != NULL) drop_plan(entry->plan);
    entry->plan = plan;
}

/* Write what lies in an object. */
static int put_number(Text *text, int64_t number);

static int put_part(Encoder *self, Text *text, PyObject *value, int nesting)
{
    if (is_scalar(self, value)) return put_scalar(self, text, value);
    Entry *entry = NULL;
    Py_INCREF(value);
    int result = look(self, value, 0, nesting - 1, &entry);
    Py_DECREF(value);
    return result < 0 ? -1 : put_number(text, entry->number);
}

static int put_length(Text *text, const char *name, Py_ssize_t length)
{
    return put(text, name, strlen(name)) < 0 ? -1 : put_int(text, length);
}

static int put_items(Encoder *self, Text *text, PyObject *value, int is_list, int nesting)
{
    Py_ssize_t length = Py_SIZE(value);
    if (PUT(text, "\"items\":[") < 0) return -1;
    for (Py_ssize_t i = 0, shown = 0; i < length && i < Py_SIZE(value); i++, shown++) {
        if (length > MOST_ITEMS && i == HEAD) {
            if (PUT(text, "],\"last\":[") < 0) return -1;
            i = length - TAIL;
        }
        else if (shown && put_char(text, ',') < 0) return -1;
        PyObject *item = is_list ? PyList_GET_ITEM(value, i) : PyTuple_GET_ITEM(value, i);
        if (put_part(self, text, item, nesting) < 0) return -1;
    }
    if (put_char(text, ']') < 0) return -1;
    return length > MOST_ITEMS ? put_length(text, ",\"length\":", length) : 0;
}

/* Write a key and its value, unless `shown` are enough by now. */
static int put_pair(Encoder *self, Text *text, PyObject *key, PyObject *value, Py_ssize_t *shown, int nesting)
{
    if (*shown == MOST_ITEMS) return 0;
    Py_INCREF(value);
    int result = (*shown && put_char(text, ',') < 0) || put_part(self, text, key, nesting) < 0
        || put_char(text, ',') < 0 || put_part(self, text, value, nesting) < 0 ? -1 : 0;
    Py_DECREF(value);
    ++*shown;
    return result;
}

static int put_entries(Encoder *self, Text *text, PyObject *dict, Py_ssize_t *shown, int nesting)
{
    PyObject *key, *value;
    for (Py_ssize_t at = 0; *shown < MOST_ITEMS && PyDict_Next(dict, &at, &key, &value);)
        if (put_pair(self, text, key, value, shown, nesting) < 0) return -1;
    return 0;
}

static int put_pairs(Encoder *self, Text *text, PyObject *dict, int nesting)
{
    Py_ssize_t length = PyDict_GET_SIZE(dict), shown = 0;
    if (PUT(text, "\"pairs\":[") < 0 || put_entries(self, text, dict, &shown, nesting) < 0 || put_char(text, ']') < 0)
        return -1;
    return shown == length ? 0 : put_length(text, ",\"more_pairs\":", length - shown);
}

/* What lies in the slots of an instance, then its dictionary; nothing at all when that is nothing. */
static int put_attributes(Encoder *self, Text *text, PyObject *value, Plan *plan, int nesting)
{
    Py_ssize_t length = 0, shown = 0;
    size_t begin = text->len;
    PyObject *dict = plan->has_dict ? PyObject_GenericGetDict(value, NULL) : NULL;
    if (dict == NULL) PyErr_Clear();
    else if (PyDict_Check(dict)) length = PyDict_GET_SIZE(dict);
    int result = PUT(text, "\"attributes\":[");
    for (Py_ssize_t i = 0; result == 0 && i < plan->slot_count; i++) {
        PyObject *held = *(PyObject **)((char *)value + plan->slots[i].offset);
        if (held == NULL) continue;
        length++;
        result = put_pair(self, text, plan->slots[i].name, held, &shown, nesting);
    }
    if (result == 0 && dict != NULL && PyDict_Check(dict)) result = put_entries(self, text, dict, &shown, nesting);
    Py_XDECREF(dict);
    if (result < 0) return -1;
    if (length == 0) { text->len = begin; return 0; }
    if (put_char(text, ']') < 0) return -1;
    return shown == length ? 0 : put_length(text, ",\"more_attributes\":", length - shown);
}

typedef struct { const char *data; size_t len; } Piece;

static int compare_pieces(const void *left, const void *right)
{
    const Piece *a = left, *b = right;
    int order = memcmp(a->data, b->data, a->len < b->len ? a->len : b->len);
    return order ? order : a->len < b->len ? -1 : a->len > b->len;
}

static int is_in_own_order(Piece piece)
{
    return piece.len && strchr("-0123456789tf", piece.data[0]) != NULL;
}

/* A set: numbers in its own order, all else sorted, for that order differs from run to run. */
static int put_elements(Encoder *self, Text *text, PyObject *set, int nesting)
{
    PySetObject *so = (PySetObject *)set;
    Py_ssize_t length = so->used, count = 0;
    size_t ends[MOST_ITEMS];
    Text *elements = take_text(self);
    int result = -1;
    if (elements == NULL) return -1;
    for (Py_ssize_t i = 0; i <= so->mask && count < MOST_ITEMS; i++) {
        setentry *entry = &so->table[i];
        if (entry->key == NULL || entry->hash == -1) continue;  /* -1: the dummy of what was taken out */
        if (put_part(self, elements, entry->key, nesting) < 0) goto done;
        ends[count++] = elements->len;
    }
    Piece pieces[MOST_ITEMS];
    int in_order = 1;
    for (Py_ssize_t i = 0; i < count; i++) {
        size_t begin = i ? ends[i - 1] : 0;
        pieces[i] = (Piece){elements->data + begin, ends[i] - begin};
        in_order = in_order && is_in_own_order(pieces[i]);
    }
    if (!in_order) qsort(pieces, (size_t)count, sizeof *pieces, compare_pieces);
    if (PUT(text, "\"items\":[") < 0) goto done;
    for (Py_ssize_t i = 0; i < count; i++)
        if ((i && put_char(text, ',') < 0) || put(text, pieces[i].data, pieces[i].len) < 0) goto done;
    if (put_char(text, ']') < 0) goto done;
    result = count == length ? 0 : put_length(text, ",\"length\":", length);
done:
    give_text(self, elements);
    return result;
}

static int put_field(Encoder *self, Text *text, const char *before, PyObject *value, int nesting)
{
    return put(text, before, strlen(before)) < 0 || put_part(self, text, value, nesting) < 0 ? -1 : 0;
}

static int put_name(Encoder *self, Text *text, PyObject *name, int nesting)
{
    return put_field(self, text, "{\"name\":", name, nesting) < 0 ? -1 : put_char(text, '}');
}

static int put_c_name(Text *text, const char *name)
{
    PyObject *str = PyUnicode_FromString(name);
    if (str == NULL) return -1;
    int result = PUT(text, "{\"name\":") < 0 ? -1 : put_quoted(text, str, LONGEST);
    Py_DECREF(str);
    return result;
}

/* Whether it is a function of lasti's own: to the program it is a built-in one. */
static int is_own_function(PyObject *function)
{
    static const char own[] = "lasti.";
    if (Py_TYPE(function) != &PyFunction_Type) return 0;
    PyObject *module = PyDict_GetItemWithError(((PyFunctionObject *)function)->func_globals, name_name);
    return module != NULL && PyUnicode_CheckExact(module) && PyUnicode_IS_COMPACT_ASCII(module)
        && PyUnicode_GET_LENGTH(module) > 6 && memcmp(PyUnicode_1BYTE_DATA(module), own, 6) == 0;
}

static int put_function(Encoder *self, Text *text, PyFunctionObject *function, int nesting)
{
    if (put_field(self, text, "{\"name\":", function->func_qualname, nesting) < 0) return -1;
    if (is_own_function((PyObject *)function) && PUT(text, ",\"builtin\":true") < 0) return -1;
    return put_char(text, '}');
}

static int put_builtin(Encoder *self, Text *text, PyObject *value, int nesting)
{
    PyObject *owner = PyCFunction_GET_SELF(value);
    if (put_c_name(text, ((PyCFunctionObject *)value)->m_ml->ml_name) < 0) return -1;
    if (owner != NULL && owner != Py_None && Py_TYPE(owner) != &PyModule_Type
        && put_field(self, text, ",\"self\":", owner, nesting) < 0) return -1;
    return put_char(text, '}');
}

static int put_class(Encoder *self, Text *text, PyTypeObject *type, int nesting)
{
    PyObject *name = qualname_of(type);
    if (name != NULL) return put_name(self, text, name, nesting);
    const char *dot = strrchr(type->tp_name, '.');
    return put_c_name(text, dot == NULL ? type->tp_name : dot + 1) < 0 ? -1 : put_char(text, '}');
}

static PyObject *name_of_module(PyObject *module)
{
    PyObject *dict = PyModule_GetDict(module);
    return dict == NULL ? NULL : PyDict_GetItemWithError(dict, name_name);
}

static int put_module(Encoder *self, Text *text, PyObject *module, int nesting)
{
    PyObject *name = name_of_module(module);
    return put_name(self, text, name == NULL ? Py_None : name, nesting);
}

static int put_method(Encoder *self, Text *text, PyObject *method, int nesting)
{
    PyObject *function = PyMethod_GET_FUNCTION(method), *name = Py_None;
    if (Py_TYPE(function) == &PyFunction_Type) name = ((PyFunctionObject *)function)->func_qualname;
    if (put_field(self, text, "{\"name\":", name, nesting) < 0) return -1;
    if (put_field(self, text, ",\"self\":", PyMethod_GET_SELF(method), nesting) < 0) return -1;
    if (is_own_function(function) && PUT(text, ",\"builtin\":true") < 0) return -1;
    return put_char(text, '}');
}

static int put_args(Encoder *self, Text *text, PyObject *error, int nesting)
{
    PyObject *args = ((PyBaseExceptionObject *)error)->args;
    if (PUT(text, "\"args\":[") < 0) return -1;
    for (Py_ssize_t i = 0; args != NULL && i < PyTuple_GET_SIZE(args) && i < MOST_ITEMS; i++)
        if ((i && put_char(text, ',') < 0) || put_part(self, text, PyTuple_GET_ITEM(args, i), nesting) < 0) return -1;
    return put_char(text, ']');
}

/* Return what an instance of a subclass of int and the like is beneath: one of int itself. */
static PyObject *value_beneath(PyObject *value, enum Part part)
{
    if (part == INT_VALUE) return PyLong_Type.tp_as_number->nb_int(value);
    if (part == FLOAT_VALUE) return PyFloat_FromDouble(PyFloat_AS_DOUBLE(value));
    if (part == COMPLEX_VALUE) return PyComplex_FromCComplex(((PyComplexObject *)value)->cval);
    if (part == STR_VALUE) return PyUnicode_FromObject(value);
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(value), PyBytes_GET_SIZE(value));
}

static int put_one_part(Encoder *self, Text *text, PyObject *value, Plan *plan, enum Part part, int nesting)
{
    switch (part) {
    case LIST_ITEMS: return put_items(self, text, value, 1, nesting);
    case TUPLE_ITEMS: return put_items(self, text, value, 0, nesting);
    case ELEMENTS: return put_elements(self, text, value, nesting);
    case PAIRS_OF_DICT: return put_pairs(self, text, value, nesting);
    case ARGS: return put_args(self, text, value, nesting);
    case ATTRIBUTES: return put_attributes(self, text, value, plan, nesting);
    default: break;
    }
    PyObject *beneath = value_beneath(value, part);
    if (beneath == NULL) return -1;
    int result = put_field(self, text, "\"value\":", beneath, nesting);
    Py_DECREF(beneath);
    return result;
}

static int put_parts(Encoder *self, Text *text, PyObject *value, Plan *plan, int nesting)
{
    if (put_char(text, '{') < 0) return -1;
    for (int i = 0; i < plan->part_count; i++) {
        size_t end = text->len;
        if (i && put_char(text, ',') < 0) return -1;
        size_t begin = text->len;
        if (put_one_part(self, text, value, plan, plan->parts[i], nesting) < 0) return -1;
        if (text->len == begin) text->len = end;              /* no attributes */
    }
    return put_char(text, '}');
}

/* Whether an activation is this generator's.  While a generator dies its weak references are dead already, and its
 * finalizer, or the hook of an async generator, may still look at it. */
static int is_of_generator(Activation *activation, PyObject *generator)
{
    if (activation->where == NULL) return 0;
    PyObject *known = referent(activation->where);
    if (known != NULL) return known == generator;
    return (PyObject *)activation->facts->code == code_of_generator(generator)
        && (activation->last < 0) == is_new_generator((PyGenObject *)generator);
}

/* Whether a generator that has not begun may be dying, so that a weak reference to it would outlive it: an async generator
 * may be with its hook, a coroutine with warnings._warn_unawaited_coroutine.  No other dies before the eyes of Python code. */
static int may_be_dying(PyObject *generator)
{
    if (PyAsyncGen_CheckExact(generator)) return has_finalizer(generator);
    if (!PyCoro_CheckExact(generator)) return 0;
    LFrame *frame = top_frame_of(PyThreadState_Get());
    for (; frame != NULL; frame = previous_of(frame))
        if (((PyCodeObject *)code_of_frame(frame))->co_name == name_warn) return 1;
    return 0;
}

/* A generator of the host's: the number of its activation, if that is watched. */
static int put_generator(Encoder *self, Text *text, PyObject *value, int nesting)
{
    PyGenObject *generator = (PyGenObject *)value;
    if (is_finished(generator)) return note_finished(self, value) < 0 ? -1 : 1;
    if (self->is_watched != NULL && is_new_generator(generator) && !may_be_dying(value)
        && meet_generator(self, thread_of(self), value) < 0) return -1;
    LFrame *frame = frame_of_generator(value);
    Activation *activation = frame == NULL ? NULL : activation_at(self, (uintptr_t)frame);
    if (activation != NULL && is_of_generator(activation, value)) {
        if (PUT(text, "{\"activation\":") < 0 || put_int(text, activation->number) < 0) return -1;
        return put_char(text, '}');
    }
    return put_name(self, text, generator->gi_qualname, nesting);
}

static int put_other(Encoder *self, Text *text, PyObject *value, Plan *plan, int nesting)
{
    PyObject *args[2] = {plan->plan, value};
    PyObject *read = ask_capture(self, "read", args, 2);      /* (shape, what is shown), or None */
    if (read == NULL) return -1;
    if (read == Py_None) { Py_DECREF(read); return PUT(text, "{\"unreadable\":true}"); }
    PyObject *shown = PyTuple_GET_ITEM(read, 1), *texts = PyList_New(PyList_GET_SIZE(shown));
    int result = texts == NULL ? -1 : 0;
    if (result == 0 && plan->is_resumable && PyList_GET_SIZE(shown) == 0) result = 1;
    Text *part = take_text(self);
    for (Py_ssize_t i = 0; result == 0 && part != NULL && i < PyList_GET_SIZE(shown); i++) {
        part->len = 0;
        PyObject *str = NULL;
        if (put_part(self, part, PyList_GET_ITEM(shown, i), nesting) == 0)
            str = PyUnicode_FromStringAndSize(part->data, (Py_ssize_t)part->len);
        if (str == NULL) result = -1;
        else PyList_SET_ITEM(texts, i, str);
    }
    if (part == NULL) result = -1;
    if (result == 0) {
        PyObject *more[3] = {plan->plan, PyTuple_GET_ITEM(read, 0), texts};
        result = put_str(text, ask_capture(self, "content_of", more, 3));
    }
    give_text(self, part);
    Py_XDECREF(texts);
    Py_DECREF(read);
    return result;
}

/* Write what is in an object; 1 for a generator that is over, which as a rule was seen with its frame. */
static int put_content(Encoder *self, Text *text, PyObject *value, Plan *plan, int nesting)
{
    switch (plan->how) {
    case PARTS: return put_parts(self, text, value, plan, nesting);
    case CELL: {
        PyObject *inside = PyCell_GET(value);
        if (inside == NULL) return PUT(text, "{}");
        return put_field(self, text, "{\"value\":", inside, nesting) < 0 ? -1 : put_char(text, '}');
    }
    case FUNCTION: return put_function(self, text, (PyFunctionObject *)value, nesting);
    case BUILTIN: return put_builtin(self, text, value, nesting);
    case DESCRIPTOR: return put_name(self, text, PyDescr_NAME(value), nesting);
    case CLASS: return put_class(self, text, (PyTypeObject *)value, nesting);
    case MODULE: return put_module(self, text, value, nesting);
    case CODE: return put_name(self, text, ((PyCodeObject *)value)->co_name, nesting);
    case METHOD: return put_method(self, text, value, nesting);
    case RESUMABLE: return put_generator(self, text, value, nesting);
    case OTHER: break;
    }
    return put_other(self, text, value, plan, nesting);
}

static int add_picture(Encoder *self, Entry *entry, Text *content)
{
    Text *pictures = &self->pictures, *head = &entry->plan->head;
    if ((pictures->len && put_char(pictures, '\n') < 0) || put_char(pictures, '[') < 0
        || put_int(pictures, entry->number) < 0 || put(pictures, head->data, head->len) < 0
        || put(pictures, content->data, content->len) < 0 || put_char(pictures, ']') < 0) return -1;
    if ((self->stream.len && put_char(&self->stream, '\n') < 0) || put_char(&self->stream, '#') < 0) return -1;
    self->lines++;
    return add_number(&self->pictured, entry->number);
}

static void release_entry(void *entry)
{
    Py_XDECREF(((Entry *)entry)->name);
    drop_plan(((Entry *)entry)->plan);
    PyMem_RawFree(entry);
}

static Entry *new_entry(Encoder *self, PyObject *value, Plan *plan, Entry *known)
{
    Entry *entry = known != NULL ? known : PyMem_RawCalloc(1, sizeof *entry);
    if (entry == NULL) { PyErr_NoMemory(); return NULL; }
    entry->address = value;
    entry->number = ++self->objects;
    set_plan(entry, plan);
    entry->epoch = entry->content = entry->named = entry->pictured = 0;
    Py_CLEAR(entry->name);
    if (known == NULL && insert(&self->entries, entry) < 0) return NULL;
    return entry;
}

/* Whether an object must be looked at although it lies deep: it is known from before the trace began anew. */
static inline int is_to_be_seen_again(Encoder *self, Entry *entry, Plan *plan, int nesting)
{
    return entry != NULL && entry->plan == plan && entry->pictured && entry->named != self->generation
        && nesting >= -DEEPER;
}

/* Whether it is known already that nobody watches a code object. */
static inline int is_unwatched(Encoder *self, PyObject *code)
{
    return self->is_watched != NULL && (self->unwatched_last == code || *find(&self->unwatched, code) != NULL);
}

/* What there is to say of a function, class, module, code object, or generator that nobody watches: its name, borrowed, when
 * that is a plain str; else NULL. */
static inline PyObject *name_of(Encoder *self, PyObject *value, enum How how)
{
    PyObject *name = how == FUNCTION ? ((PyFunctionObject *)value)->func_qualname
        : how == RESUMABLE ? is_finished((PyGenObject *)value) || !is_unwatched(self, code_of_generator(value)) ? NULL
            : ((PyGenObject *)value)->gi_qualname
        : how == CLASS ? qualname_of((PyTypeObject *)value)
        : how == CODE ? ((PyCodeObject *)value)->co_name
        : how == MODULE ? name_of_module(value) : NULL;
    return name != NULL && PyUnicode_CheckExact(name) ? name : NULL;
}

/* Whether an object is still what was seen at its address, by its name alone.  (A function that is lasti's own is pictured
 * otherwise than one of the same name that is not.) */
static inline int has_same_name(Encoder *self, Entry *entry, PyObject *value, Plan *plan)
{
    return entry->name != NULL && (plan->is_stable || plan->how == RESUMABLE)
        && name_of(self, value, plan->how) == entry->name && (plan->how != FUNCTION || !is_own_function(value));
}

/* Whether there is nothing in an object that could have changed. */
static inline int is_empty(Plan *plan) { return plan->how == PARTS && plan->part_count == 0; }

/* Whether an object need not be looked at to know how it looks. */
static inline int looks_the_same(Encoder *self, Entry *entry, PyObject *value, Plan *plan, int how)
{
    return entry->plan == plan && entry->pictured == self->generation
        && ((is_empty(plan) && !(how & IS_SINGLE)) || has_same_name(self, entry, value, plan));
}

/* Look at an object: Gallery.look.  With nesting < 0 it is only numbered. */
static int look(Encoder *self, PyObject *value, int how, int nesting, Entry **found)
{
    PyTypeObject *type = Py_TYPE(value);
    Entry *entry = *find(&self->entries, value);
    Plan *plan = entry != NULL && entry->plan->type == type && entry->plan->stamp == NULL ? entry->plan
        : plan_of(self, type);
    if (plan == NULL) return -1;
    if (nesting < 0 && !is_to_be_seen_again(self, entry, plan, nesting)) {
        if (entry == NULL || entry->plan != plan) entry = new_entry(self, value, plan, entry);
        if (entry == NULL) return -1;
        if (entry->named != self->generation) {
            entry->named = self->generation;
            Text unseen = {"{\"unseen\":true}", 15, 15, NULL};
            if (add_picture(self, entry, &unseen) < 0) return -1;
        }
        *found = entry;
        return 0;
    }
    if (entry == NULL || how & IS_NEW || (entry->plan != plan && !(how & IS_SAME))) {
        entry = new_entry(self, value, plan, entry);
        if (entry == NULL) return -1;
    }
    else if (entry->epoch == self->epoch && entry->plan == plan && !(how & AGAIN)) { *found = entry; return 0; }
    else if (looks_the_same(self, entry, value, plan, how)) {
        entry->epoch = self->epoch;
        *found = entry;
        return 0;
    }
    entry->epoch = self->epoch;
    set_plan(entry, plan);
    entry->named = self->generation;
    *found = entry;
    Text *content = take_text(self);
    if (content == NULL) return -1;
    plan->users++;                                            /* another thread may get its turn */
    int result = put_content(self, content, value, plan, nesting);
    if (result == 1 && plan->how == RESUMABLE && entry->pictured != self->generation)
        result = put_name(self, content, ((PyGenObject *)value)->gi_qualname, nesting);
    if (result == 0) {
        uint64_t hash = hash_of(content->data, content->len);
        int is_other = hash != entry->content || (how & IS_SINGLE && content->len == 2);
        if (is_other && entry->content && (plan->is_immutable || how & IS_SINGLE) && !(how & IS_SAME))
            entry->number = ++self->objects;
        if (is_other || entry->pictured != self->generation) {
            entry->content = hash;
            entry->pictured = self->generation;
            PyObject *name = plan->is_stable || plan->how == RESUMABLE ? name_of(self, value, plan->how) : NULL;
            if (name != entry->name) Py_XSETREF(entry->name, Py_XNewRef(name));
            result = add_picture(self, entry, content);
        }
    }
    drop_plan(plan);
    give_text(self, content);
    return result < 0 ? -1 : 0;
}

static int put_number(Text *text, int64_t number)
{
    if (room(text, LONGEST_INT + 2) < 0) return -1;
    char *at = text->data + text->len;
    *at = '[';
    at = int_at(at + 1, number);
    *at = ']';
    text->len = (size_t)(at + 1 - text->data);
    return 0;
}

static int put_value_as(Encoder *self, Text *text, PyObject *value, int how)
{
    if (room(text, QUICK) < 0) return -1;
    char *end = quick_scalar(self, text->data + text->len, value);
    if (end != NULL) { text->len = (size_t)(end - text->data); return 0; }
    if (is_scalar(self, value)) return put_scalar(self, text, value);
    Entry *entry = NULL;
    return look(self, value, how, 1, &entry) < 0 ? -1 : put_number(text, entry->number);
}

static int put_value(Encoder *self, Text *text, PyObject *value) { return put_value_as(self, text, value, 0); }

/* Write a value without looking closely at an object that is known: Gallery.name. */
static int put_known(Encoder *self, Text *text, PyObject *value)
{
    if (is_scalar(self, value)) return put_scalar(self, text, value);
    Entry *entry = *find(&self->entries, value);
    if (entry == NULL || entry->named != self->generation) return put_value(self, text, value);
    return put_number(text, entry->number);
}

/* Write an object as put_value_as does, where it need not be looked at: nothing could have changed it, or its name tells
 * that it is the same.  Returns where it ends, or NULL. */
static inline char *quick_object(Encoder *self, char *at, PyObject *value, int how)
{
    Entry *entry = *find(&self->entries, value);
    if (entry == NULL || entry->plan->type != Py_TYPE(value) || entry->plan->stamp != NULL) return NULL;
    if (entry->epoch != self->epoch || how & AGAIN) {
        if (!looks_the_same(self, entry, value, entry->plan, how)) return NULL;
        entry->epoch = self->epoch;
    }
    *at = '[';
    at = int_at(at + 1, entry->number);
    *at = ']';
    return at + 1;
}

static int look_again(Encoder *self, PyObject *value, int how)
{
    Entry *entry;
    return value == NULL || is_scalar(self, value) ? 0 : look(self, value, IS_SAME | how, 1, &entry);
}

#include "_events.h"
#include "_native.h"
#include "_loops.h"
#include "_deflate.h"

static PyMethodDef functions[] = {
    {"offsets", offsets, METH_NOARGS, "Return what Python tells of its layout, and what its headers say."},
    {"slots", slots, METH_VARARGS, "Return the fast locals of a frame, and so many values of its stack."},
    {"call_from", call_from, METH_VARARGS, "Call a function as if a frame beneath this one did it, or none (None)."},
    {"deflate", deflate, METH_O, "Return a list of bytes compressed, each for zlib.decompress."},
    {NULL, NULL, 0, NULL},
};

/* -- the type ----------------------------------------------------------------------------------------------------- */

static int compare_addresses(const void *left, const void *right)
{
    uintptr_t a = *(const uintptr_t *)left, b = *(const uintptr_t *)right;
    return a < b ? -1 : a > b;
}

static int init(Encoder *self, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    PyObject *harmless;
    if (!PyArg_ParseTuple(args, "OOOOOOOOO", &self->facts_of, &self->number_of_thread, &self->is_full, &self->failed,
                          &self->capture, &self->block_type, &self->module_names, &self->null, &harmless)) return -1;
    PyObject *kept[] = {self->facts_of, self->number_of_thread, self->is_full, self->failed, self->capture,
                        self->block_type, self->module_names, self->null};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) Py_INCREF(kept[i]);
    Py_ssize_t count = PyList_Size(harmless);
    if (count < 0) return -1;
    self->harmless = PyMem_RawCalloc((size_t)count + 1, sizeof *self->harmless);
    if (self->harmless == NULL) { PyErr_NoMemory(); return -1; }
    for (Py_ssize_t i = 0; i < count; i++) self->harmless[i] = (uintptr_t)Py_NewRef(PyList_GET_ITEM(harmless, i));
    self->harmless_count = count;
    qsort(self->harmless, (size_t)count, sizeof *self->harmless, compare_addresses);
    self->began = self->time = now_ns();
    self->epoch = self->generation = 1;
    self->called = CALLED;
    self->gate = PyThread_allocate_lock();
    if (self->gate == NULL) { PyErr_NoMemory(); return -1; }
    return 0;
}

static void free_table(Table *table, void (*release)(void *))
{
    for (size_t i = 0; table->slots != NULL && i <= table->mask; i++)
        if (table->slots[i] != NULL) release(table->slots[i]);
    PyMem_RawFree(table->slots);
}

static void release_code(void *kept)
{
    Py_DECREF(*(PyObject **)kept);
    PyMem_RawFree(kept);
}

static void release_facts(void *at)
{
    Facts *facts = at;
    for (size_t i = 0; i < sizeof facts->buffers / sizeof *facts->buffers; i++) PyBuffer_Release(&facts->buffers[i]);
    Py_DECREF(facts->facts);
    Py_DECREF(facts->code);
    PyMem_RawFree(facts);
}

static void release_activations(Encoder *self)
{
    for (size_t i = 0; i < self->ran_count; i++)              /* those that have ended are nowhere else */
        if (self->ran[i]->has_ended) free_activation(self, self->ran[i]);
    for (size_t i = 0; self->buckets != NULL && i <= self->bucket_mask; i++)
        for (Activation *each = self->buckets[i], *next; each != NULL; each = next) {
            next = each->next;
            Py_CLEAR(each->error);
            free_activation(self, each);
        }
    drop_unused_activations(self);
    PyMem_RawFree(self->ran);
    PyMem_RawFree(self->buckets);
}

static void dealloc(Encoder *self)
{
    Py_DECREF(stop(self, NULL));
    release_activations(self);
    for (Thread *thread = self->threads, *next; thread != NULL; thread = next) {
        next = thread->next;
        PyMem_RawFree(thread->stack);
        PyMem_RawFree(thread);
    }
    free_table(&self->entries, release_entry);
    free_table(&self->plans, (void (*)(void *))drop_plan);
    free_table(&self->facts, release_facts);
    free_table(&self->unwatched, release_code);
    Text *texts[] = {&self->stream, &self->pictures, &self->births, &self->output, &self->ends};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) PyMem_RawFree(texts[i]->data);
    PyMem_RawFree(self->pictured.items);
    PyMem_RawFree(self->late.items);
    PyMem_RawFree(self->ending.items);
    for (Text *text = self->unused, *next; text != NULL; text = next) {
        next = text->next;
        PyMem_RawFree(text->data);
        PyMem_RawFree(text);
    }
    for (int64_t i = 0; i < self->harmless_count; i++) Py_DECREF((PyObject *)self->harmless[i]);
    PyMem_RawFree(self->harmless);
    PyMem_RawFree(self->counters);
    if (self->gate != NULL) PyThread_free_lock(self->gate);
    PyObject *kept[] = {self->capture, self->block_type, self->module_names, self->null, self->disable};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) Py_XDECREF(kept[i]);
    PyTypeObject *type = Py_TYPE(self);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"step", (PyCFunction)record_step, METH_O, "Note that a frame is about to run an instruction."},
    {"call", (PyCFunction)(void (*)(void))record_call, METH_FASTCALL, "Note a call."},
    {"return_", (PyCFunction)(void (*)(void))record_return, METH_FASTCALL, "Note a return."},
    {"yield_", (PyCFunction)(void (*)(void))record_yield, METH_FASTCALL, "Note a suspension."},
    {"resume", (PyCFunction)(void (*)(void))record_resume, METH_FASTCALL, "Note that a suspended frame goes on."},
    {"throw", (PyCFunction)(void (*)(void))record_throw, METH_FASTCALL, "Note that it goes on with an error."},
    {"unwind", (PyCFunction)(void (*)(void))record_unwind, METH_FASTCALL, "Note that an error leaves a frame."},
    {"handle", (PyCFunction)(void (*)(void))record_handle, METH_FASTCALL, "Note that an error is handled."},
    {"end", (PyCFunction)record_end, METH_O, "Note that a suspended frame is over."},
    {"output", (PyCFunction)(void (*)(void))record_output, METH_FASTCALL, "Note what the program wrote."},
    {"note", (PyCFunction)(void (*)(void))record_note, METH_FASTCALL, "Note something that is no frame's."},
    {"take", (PyCFunction)take, METH_VARARGS, "Return what there is of the block; end it if it is over."},
    {"renew", (PyCFunction)renew, METH_O, "Return the block and one with all that is alive; keep so many generations."},
    {"stop", (PyCFunction)stop, METH_NOARGS, "Note nothing more."},
    {"runs", (PyCFunction)make_runs, METH_VARARGS, "Return what notes the handles that an event loop runs."},
    NATIVE_METHODS
    {NULL, NULL, 0, NULL},
};

static PyMemberDef members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Encoder, called), READONLY, NULL},
    {"is_off", T_BOOL, offsetof(Encoder, is_off), 0, "whether nothing is noted any more"},
    {"steps", T_LONGLONG, offsetof(Encoder, steps), READONLY, "how many steps the block has"},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot type_slots[] = {
    {Py_tp_init, init}, {Py_tp_dealloc, dealloc}, {Py_tp_methods, methods}, {Py_tp_members, members},
    {Py_tp_call, PyVectorcall_Call}, {Py_tp_new, PyType_GenericNew},
    {Py_tp_doc, "lasti.trace.encoder.Encoder, in C."}, {0, NULL},
};

static PyType_Spec spec = {
    "lasti.native._record.Encoder", sizeof(Encoder), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL, type_slots,
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "_record", "The recorder's inner loop, in C.", -1, functions, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__record(void)
{
    make_codes();
    PyObject *made = make_names() < 0 ? NULL : PyModule_Create(&module);
    PyObject *type = made == NULL ? NULL : PyType_FromSpec(&spec);
    if (type == NULL || PyModule_AddObject(made, "Encoder", type) < 0) { Py_XDECREF(made); return NULL; }
    PyObject *sources = PyLong_FromUnsignedLong(SOURCES);
    if (sources == NULL || PyModule_AddObject(made, "sources", sources) < 0) { Py_DECREF(made); return NULL; }
    return made;
}
