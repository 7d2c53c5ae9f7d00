/* -- the host's events -------------------------------------------------------------------------------------------- */

/* Whether a code object is watched: asked once, then it is in one table or the other.  Who asks waits for nobody: it may be
 * the recorder itself, another of whose threads waits for this one. */
static int is_watched(Encoder *self, PyObject *code)
{
    if (self->unwatched_last == code) return 0;
    if (*find(&self->facts, code) != NULL) return 1;
    if (*find(&self->unwatched, code) != NULL) { self->unwatched_last = code; return 0; }
    PyObject *answer = ask(self, self->is_watched, &code, 1);
    int result = answer == NULL ? -1 : PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    if (result == 0 && *find(&self->unwatched, code) == NULL) {
        PyObject **kept = PyMem_RawMalloc(sizeof *kept);
        if (kept == NULL) { PyErr_NoMemory(); return -1; }
        *kept = Py_NewRef(code);                              /* so that no other comes to lie at its address */
        if (insert(&self->unwatched, kept) < 0) return -1;
    }
    return result;
}

static View view_at(Activation *activation, int index)
{
    Facts *facts = activation->facts;
    return host_view(activation->host, (PyCodeObject *)facts->code, index < 0 ? 0 : facts->depths[index]);
}

static Activation *adopt(Encoder *self, Activation *activation, LFrame *frame)
{
    activation->is_native = 1;
    activation->is_unsure = 1;
    activation->host = frame;
    activation->key = (uintptr_t)frame;
    Activation *old = activation_at(self, activation->key);
    if (old != NULL && old->thread == NULL) remove_activation(self, old);
    return add_activation(self, activation) < 0 ? NULL : activation;
}

/* Who called or resumed a frame: the frame beneath it; where nobody watches that, the next one down that is watched. */
static int64_t origin_of(Encoder *self, Thread *thread, LFrame *frame)
{
    LFrame *previous = previous_of(frame);
    Activation *origin = previous == NULL ? NULL : activation_at(self, (uintptr_t)previous);
    if (origin != NULL && origin->facts->code == (PyObject *)code_of_frame(previous)) return origin->number;
    int count = thread->count;
    if (count && thread->stack[count - 1]->host == frame) count--;
    return count ? thread->stack[count - 1]->number : 0;
}

/* Who threw into a frame.  Frames through which the error came are linked beneath it, but nothing was told of those
 * that wait for one that nobody watches: they count as suspended. */
static int64_t thrower_of(Encoder *self, Thread *thread, LFrame *frame)
{
    Activation *top = thread->count > 1 ? thread->stack[thread->count - 2] : NULL;
    for (LFrame *each = previous_of(frame); each != NULL; each = previous_of(each)) {
        Activation *found = activation_at(self, (uintptr_t)each);
        if (found != NULL && found == top) break;
        if (found != NULL && found->facts->code == (PyObject *)code_of_frame(each)) return found->number;
    }
    return origin_of(self, thread, frame);
}

/* Note, before an event of `frame`, that the frame beneath it has called or resumed it. */
static int enter_natively(Encoder *self, Thread *thread, LFrame *frame)
{
    LFrame *previous = previous_of(frame);
    Activation *caller = previous == NULL ? NULL : activation_at(self, (uintptr_t)previous);
    if (caller == NULL || caller->thread != thread) return 0;
    if (suspend_above(self, caller) < 0) return -1;
    if (is_called_directly(frame)) { caller->is_direct = 1; let_go(caller); }
    return 0;
}

/* A weak reference to a generator, which tells when that dies.  Nobody else has it: its hash can say whose it is. */
static PyObject *follow(Encoder *self, PyObject *generator, LFrame *frame)
{
    PyObject *reference = PyWeakref_NewRef(generator, self->on_death);
    if (reference != NULL && self->on_death != NULL) ((PyWeakReference *)reference)->hash = (Py_hash_t)frame;
    return reference;
}

/* -- async generators that a hook lets live on ---------------------------------------------------------------------- */

/* The hook of sys.set_asyncgen_hooks gets an async generator that dies, once, and may keep it.  Its weak references are dead
 * by then, nobody calls anything when it dies for good, and a reference that is made in a hook which does not keep it would
 * outlive it.  So a dying one has this put into the place of its hook: it calls that, sees whether the generator is kept,
 * and is dropped when the generator is.  Source: gen_dealloc and _PyGen_Finalize in Objects/genobject.c. */
typedef struct { PyObject_HEAD PyObject *hook; Encoder *encoder; uintptr_t key; int64_t number; } LastWord;

static PyTypeObject *last_word_type;

static Activation *activation_of_last(LastWord *self)
{
    Activation *activation = activation_at(self->encoder, self->key);
    return activation != NULL && activation->number == self->number ? activation : NULL;
}

static PyObject *call_last_word(LastWord *self, PyObject *args, PyObject *kwargs)
{
    PyObject *hook = self->hook;
    if (hook == NULL) Py_RETURN_NONE;
    self->hook = NULL;
    PyObject *result = PyObject_Call(hook, args, kwargs);
    Py_DECREF(hook);
    Activation *activation = activation_of_last(self);
    if (activation == NULL || !activation->is_dying || self->encoder->is_off) return result;
    activation->is_dying = 0;
    PyObject *generator = activation->host == NULL ? NULL : generator_of_frame(activation->host);
    if (generator == NULL || Py_REFCNT(generator) <= 2) return result;  /* one of who calls, one in `args`: it is not kept */
    PyObject *type, *error, *traceback;
    PyErr_Fetch(&type, &error, &traceback);
    PyObject *where = follow(self->encoder, generator, activation->host);
    if (where != NULL) Py_XSETREF(activation->where, where);
    PyErr_Restore(type, error, traceback);
    return result;
}

static void drop_last_word(LastWord *self)
{
    Activation *activation = activation_of_last(self);
    if (activation != NULL && note_end(self->encoder, activation) < 0) PyErr_Clear();
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(self->hook);
    Py_DECREF(self->encoder);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyType_Slot last_word_slots[] = {
    {Py_tp_call, call_last_word}, {Py_tp_dealloc, drop_last_word},
    {Py_tp_doc, "The hook of an async generator that dies while it is recorded."}, {0, NULL},
};

static PyType_Spec last_word_spec = {
    "lasti.native._record.LastWord", sizeof(LastWord), 0, Py_TPFLAGS_DEFAULT, last_word_slots,
};

/* Have an async generator that dies tell what becomes of it. */
static int leave_last_word(Encoder *self, Activation *activation, PyObject *generator)
{
    PyObject **hook = finalizer_of(generator);
    if (last_word_type == NULL) last_word_type = (PyTypeObject *)PyType_FromSpec(&last_word_spec);
    LastWord *word = last_word_type == NULL ? NULL : PyObject_New(LastWord, last_word_type);
    if (word == NULL) return -1;
    word->hook = *hook;
    word->encoder = (Encoder *)Py_NewRef(self);
    word->key = activation->key;
    word->number = activation->number;
    *hook = (PyObject *)word;
    activation->is_dying = 1;
    return 0;
}

/* What a reference of `follow` calls, while the generator is still whole.  One that has begun is closed as it dies, and tells
 * of that by itself if it runs. */
static PyObject *note_death(PyObject *object, PyObject *reference)
{
    Encoder *self = (Encoder *)object;
    Activation *activation = activation_at(self, (uintptr_t)((PyWeakReference *)reference)->hash);
    if (activation == NULL || activation->where != reference || activation->host == NULL) Py_RETURN_NONE;
    PyObject *generator = generator_of_frame(activation->host);
    int result = 0;
    if (generator != NULL && has_finalizer(generator)) {
        if (Py_TYPE(*finalizer_of(generator)) != last_word_type) result = leave_last_word(self, activation, generator);
    }
    else if (activation->last == NOT_BEGUN || (generator != NULL && ends_unseen(generator)))
        result = note_end(self, activation);
    if (result < 0) PyErr_Clear();
    Py_RETURN_NONE;
}

/* Note that a generator is over; nothing has told so if it was closed before it began. */
static int note_finished(Encoder *self, PyObject *generator)
{
    LFrame *frame = frame_of_generator(generator);
    Activation *activation = frame == NULL ? NULL : activation_at(self, (uintptr_t)frame);
    return activation == NULL || referent(activation->where) != generator ? 0 : note_end(self, activation);
}

/* A generator that was made by watched code, and has not begun. */
static int meet_generator(Encoder *self, Thread *thread, PyObject *generator)
{
    LFrame *frame = frame_of_generator(generator);
    if (thread == NULL) return -1;
    if (frame == NULL || !is_new_generator((PyGenObject *)generator)) return 0;
    PyObject *code = code_of_generator(generator);
    Activation *known = activation_at(self, (uintptr_t)frame);
    if (known != NULL && is_of_generator(known, generator)) return 0;
    int watched = is_watched(self, code);
    if (watched <= 0) return watched;
    Facts *facts = facts_of(self, code, NULL);
    if (facts == NULL) return -1;
    if (known != NULL) remove_activation(self, known);
    View view = host_view(frame, (PyCodeObject *)code, 0);
    int64_t origin = thread->count ? thread->stack[thread->count - 1]->number : 0;
    Activation *activation = begin(self, thread, facts, &view, origin);
    if (activation == NULL || adopt(self, activation, frame) == NULL) return -1;
    activation->where = follow(self, generator, frame);
    return activation->where == NULL ? -1 : suspend_top(self, thread);
}

/* The activation of a frame that runs; begun now, if its call was not seen. */
static Activation *running_natively(Encoder *self, Thread *thread, LFrame *frame, PyObject *code)
{
    Activation *top = thread->count ? thread->stack[thread->count - 1] : NULL;
    if (top != NULL && top->host == frame) return top;
    Activation *activation = activation_at(self, (uintptr_t)frame);
    if (activation != NULL && (PyObject *)activation->facts->code == code) {
        if (activation->thread == thread) return suspend_above(self, activation) < 0 ? NULL : activation;
        if (activation->thread == NULL) {
            if (enter_natively(self, thread, frame) < 0) return NULL;
            return push(thread, activation) < 0 ? NULL : activation;
        }
    }
    Facts *facts = facts_of(self, code, NULL);
    if (facts == NULL || enter_natively(self, thread, frame) < 0) return NULL;
    View view = host_view(frame, (PyCodeObject *)code, 0);
    activation = begin(self, thread, facts, &view, origin_of(self, thread, frame));
    return activation == NULL ? NULL : adopt(self, activation, frame);
}

/* PyGenObject and its like keep a weak reference's list: generators can be followed without being kept.  One that goes on
 * with GeneratorExit may be dying, though, with that list cleared already: a reference made now would outlive it. */
static int keep_track(Encoder *self, Activation *activation, LFrame *frame, PyObject *error)
{
    if (!activation->facts->is_resumable || activation->where != NULL) return 0;
    if (error != NULL && PyErr_GivenExceptionMatches(error, PyExc_GeneratorExit)) return 0;
    PyObject *generator = generator_of_frame(frame);
    if (generator == NULL) return 0;
    activation->where = follow(self, generator, frame);
    return activation->where == NULL ? -1 : 0;
}

#if PY_VERSION_HEX >= 0x030C0000 /* -- sys.monitoring ------------------------------------------------------------ */

typedef struct { LFrame *frame; Thread *thread; PyObject *code; int index; } Place;

/* Where an event (code, offset, ...) comes from; 0 for code that nobody watches. */
static int place_of_event(Encoder *self, PyObject *const *args, Place *place)
{
    Facts *facts = *find(&self->facts, args[0]);
    if (facts == NULL || is_hidden(self) || is_off(self)) return 0;
    int unit = offset_in(args[1]) / 2;
    if (unit >= facts->units) return 0;
    place->code = args[0];
    place->index = facts->index_of[unit];
    place->frame = current_frame();
    place->thread = thread_of(self);
    return place->thread == NULL ? -1 : 1;
}

/* What to answer to an event that is not recorded: when nothing is any more, CPython need not tell of this place again
 * (errors it tells of everywhere, or nowhere). */
static PyObject *ignored(Encoder *self, int found, char letter)
{
    if (found < 0) return done(self, found);
    return Py_NewRef(self->is_off && strchr("ISRY", letter) != NULL ? self->disable : Py_None);
}

/* The activation whose instruction it is, when that is the one that ran last in this thread; else NULL. */
static inline Activation *same_as_before(Encoder *self, PyObject *code)
{
    if (is_off(self)) return NULL;
    PyThreadState *state = PyThreadState_Get();
    Thread *thread = self->latest;
    if (thread == NULL || thread->id != state->id || !thread->count) return NULL;
    Activation *top = thread->stack[thread->count - 1];
    return top->host == frame_in(state) && top->facts->code == code ? top : NULL;
}

/* INSTRUCTION, the most frequent: what CPython calls is the encoder itself, with nothing in between. */
static PyObject *on_instruction(PyObject *encoder, PyObject *const *args, size_t count, PyObject *keywords)
{
    Encoder *self = (Encoder *)encoder;
    if (PyVectorcall_NARGS(count) != 2 || keywords != NULL)
        return PyErr_Format(PyExc_TypeError, "sys.monitoring calls this, with a code object and an offset");
    Activation *activation = same_as_before(self, args[0]);
    int offset = offset_in(args[1]);
    if (activation == NULL) {
        Place place;
        int found = place_of_event(self, args, &place);
        if (found <= 0) return ignored(self, found, 'I');
        activation = running_natively(self, place.thread, place.frame, place.code);
        if (activation == NULL) return done(self, -1);
    }
    Facts *facts = activation->facts;
    int index = facts->index_of[offset / 2], last = activation->last;
    if (facts->offsets[index] != offset) Py_RETURN_NONE;      /* an EXTENDED_ARG */
    View view = view_at(activation, index);
    if (last >= 0 && facts->flags[last] & CALL && view.height) {
        PyObject *made = object_in(view.stack[view.height - 1]);
        if (made != NULL && is_generator(made) && meet_generator(self, activation->thread, made) < 0)
            return done(self, -1);
    }
    return done(self, note_step(self, activation->thread, activation, &view, index));
}

/* PY_START, for every code object until it is disabled: the watched ones get their events here. */
static PyObject *on_start(Encoder *self, PyObject *const *args, Py_ssize_t count)
{
    if (self->is_off) return Py_NewRef(self->disable);
    if (is_hidden(self)) Py_RETURN_NONE;
    int watched = is_watched(self, args[0]);
    if (watched < 0) return done(self, -1);
    if (!watched || is_off(self)) return Py_NewRef(self->disable);
    if (facts_of(self, args[0], NULL) == NULL) return done(self, -1);
    Place place;
    int found = place_of_event(self, args, &place);
    if (found <= 0) return done(self, found);
    Activation *known = activation_at(self, (uintptr_t)place.frame);
    int was_met = known != NULL && known->thread == NULL && (PyObject *)known->facts->code == args[0]
        && referent(known->where) != NULL;
    if (known != NULL && !was_met && known->thread == NULL) remove_activation(self, known);
    Activation *activation = running_natively(self, place.thread, place.frame, place.code);
    if (activation == NULL || keep_track(self, activation, place.frame, NULL) < 0) return done(self, -1);
    if (!activation->facts->is_resumable) return done(self, 0);
    self->epoch++;
    return done(self, tell(self, place.thread, 'S', activation, origin_of(self, place.thread, place.frame), Py_None));
}

static PyObject *going_on(Encoder *self, PyObject *const *args, char letter)
{
    Place place;
    int found = place_of_event(self, args, &place);
    if (found <= 0) return ignored(self, found, letter);
    self->epoch++;
    Activation *activation = running_natively(self, place.thread, place.frame, place.code);
    PyObject *value = letter == 'T' ? args[2] : NULL;
    if (activation == NULL || keep_track(self, activation, place.frame, value) < 0) return done(self, -1);
    activation->is_unsure = 1;
    if (letter == 'S') {                                      /* what was sent lies on top */
        View view = view_at(activation, place.index);
        value = view.height ? object_in(view.stack[view.height - 1]) : NULL;
    }
    int64_t origin = (letter == 'T' ? thrower_of : origin_of)(self, place.thread, place.frame);
    return done(self, tell(self, place.thread, letter, activation, origin, value == NULL ? Py_None : value));
}

static PyObject *leaving(Encoder *self, PyObject *const *args, char letter)
{
    Place place;
    int found = place_of_event(self, args, &place);
    if (found <= 0) return ignored(self, found, letter);
    Activation *activation = running_natively(self, place.thread, place.frame, place.code);
    if (activation == NULL) return done(self, -1);
    let_go(activation);
    self->epoch++;
    if (letter == 'H') activation->is_unsure = 1;
    if (tell(self, place.thread, letter, activation, -1, args[2]) < 0) return done(self, -1);
    if (letter == 'H') return done(self, 0);
    if (letter == 'Y') return done(self, suspend_top(self, place.thread));
    place.thread->count--;
    remove_activation(self, activation);
    return done(self, 0);
}

#define ON(name, how, letter) \
    static PyObject *name(Encoder *self, PyObject *const *args, Py_ssize_t count) { return how(self, args, letter); }
ON(on_resume, going_on, 'S')
ON(on_throw, going_on, 'T')
ON(on_return, leaving, 'R')
ON(on_yield, leaving, 'Y')
ON(on_unwind, leaving, 'U')
ON(on_handled, leaving, 'H')

#define FAST(name) {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL, "A callback of sys.monitoring."}
#define NATIVE_EVENTS FAST(on_start), FAST(on_resume), FAST(on_throw), FAST(on_return), \
    FAST(on_yield), FAST(on_unwind), FAST(on_handled),

#define CALLED on_instruction

#else /* ---- 3.10, 3.11: a C trace function -------------------------------------------------------------------- */

/* What these versions do not say, and how it is found out: a CALL is the start of a plain frame, or a generator's
 * resumption, by a value or by an error: the EXCEPTION that follows at once tells (`is_pending`).  A RETURN without a
 * value is an unwinding, with the error of the EXCEPTION before it; with one it is a suspension when the instruction is a
 * yield.  An exception was handled when the next instruction is the first of a handler. */

static int index_at(Facts *facts, LFrame *frame)
{
    int unit = unit_of(frame);
    return unit < 0 || unit >= facts->units ? -1 : facts->index_of[unit];
}

/* Tell of the resumption that was put off until it was known whether it is one by an error. */
static int tell_resumption(Encoder *self, Thread *thread, Activation *activation, PyObject *error)
{
    if (!activation->is_pending) return 0;
    activation->is_pending = 0;
    activation->is_unsure = 1;
    self->epoch++;
    if (keep_track(self, activation, activation->host, error) < 0) return -1;
    PyObject *value = Py_None;
    int64_t origin = (error != NULL ? thrower_of : origin_of)(self, thread, activation->host);
    if (error != NULL) return tell(self, thread, 'T', activation, origin, error);
    int index = index_at(activation->facts, activation->host);
    View view = view_at(activation, index);
    if (activation->last >= 0 && view.height) value = object_in(view.stack[view.height - 1]);
    return tell(self, thread, 'S', activation, origin, value == NULL ? Py_None : value);
}

static int keep_error(Activation *activation, PyObject *error)
{
    Py_XINCREF(error);
    Py_XSETREF(activation->error, error);
    return 0;
}

/* What a `raise` without an operand raises. */
static void keep_handled(Activation *activation)
{
    PyObject *kind, *error, *traceback;
    PyErr_GetExcInfo(&kind, &error, &traceback);
    keep_error(activation, error == Py_None ? NULL : error);
    Py_XDECREF(kind);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
}

/* Whether a frame stands where the activation was suspended, or has not begun as that has not.  Nothing refers to a
 * generator any more that is closed as it is dropped; a new one at the same address stands elsewhere, and one that has
 * not begun is closed, too, unless it is a coroutine.  (3.10: `yield from` stands one before itself.) */
static int is_suspended_at_last(Activation *activation, LFrame *frame)
{
    int index = index_at(activation->facts, frame), last = activation->last;
    if (last == NOT_BEGUN) return !(((PyCodeObject *)activation->facts->code)->co_flags & CO_COROUTINE);
    return index == last || index == last - 1;
}

static int on_call(Encoder *self, Thread *thread, LFrame *frame, PyObject *code)
{
    Activation *known = activation_at(self, (uintptr_t)frame);
    int was_met = known != NULL && known->thread == NULL && known->facts->code == code
        && (referent(known->where) != NULL || is_suspended_at_last(known, frame));
    if (known != NULL && !was_met) {
        if (known->thread != NULL) return 0;
        remove_activation(self, known);
    }
    Activation *activation = running_natively(self, thread, frame, code);
    if (activation == NULL) return -1;
    activation->is_pending = activation->facts->is_resumable;
    return 0;
}

static int on_opcode(Encoder *self, Thread *thread, Activation *activation)
{
    Facts *facts = activation->facts;
    int index = index_at(facts, activation->host);
    if (index < 0 || tell_resumption(self, thread, activation, NULL) < 0) return index < 0 ? 0 : -1;
    if (activation->error != NULL) {
        if (facts->flags[index] & HANDLER) {
            let_go(activation);
            self->epoch++;
            if (tell(self, thread, 'H', activation, -1, activation->error) < 0) return -1;
        }
        activation->is_unsure = 1;
        Py_CLEAR(activation->error);
    }
    View view = view_at(activation, index);
    int last = activation->last;
    if (last >= 0 && facts->flags[last] & CALL && view.height) {
        PyObject *made = object_in(view.stack[view.height - 1]);
        if (made != NULL && is_generator(made) && meet_generator(self, thread, made) < 0) return -1;
    }
    if (facts->flags[index] & RAISES_AGAIN) keep_handled(activation);
    int depth = PY_VERSION_HEX < 0x030B0000 ? 2 : 1;          /* of the error: 3.10 has its type above it */
    if (facts->flags[index] & RERAISES && view.height >= depth)   /* no EXCEPTION tells of either */
        keep_error(activation, object_in(view.stack[view.height - depth]));
    return note_step(self, thread, activation, &view, index);
}

static int on_leaving(Encoder *self, Thread *thread, Activation *activation, PyObject *value)
{
    int last = activation->last;
    if (tell_resumption(self, thread, activation, NULL) < 0) return -1;
    PyObject *error = activation->error;
    activation->error = NULL;
    let_go(activation);
    self->epoch++;
    int is_yield = value != NULL && last >= 0 && activation->facts->flags[last] & YIELDS;
    char letter = value == NULL ? 'U' : is_yield ? 'Y' : 'R';
    int result = tell(self, thread, letter, activation, -1, value != NULL ? value : error != NULL ? error : Py_None);
    Py_XDECREF(error);
    if (result < 0) return -1;
    if (is_yield) return suspend_top(self, thread);
    thread->count--;
    remove_activation(self, activation);
    return 0;
}

static int tracer(PyObject *object, PyFrameObject *of, int what, PyObject *arg)
{
    Encoder *self = (Encoder *)object;
    LFrame *frame = frame_of_object(of);
    if (self->is_off) {
        PyEval_SetTrace(NULL, NULL);
        return 0;
    }
    if (what == PyTrace_CALL) { of->f_trace_lines = 0; of->f_trace_opcodes = 0; }
    else if (what != PyTrace_OPCODE && what != PyTrace_RETURN && what != PyTrace_EXCEPTION) return 0;
    PyObject *code = (PyObject *)code_of_frame(frame);
    Facts *facts = *find(&self->facts, code);
    if (facts == NULL && what != PyTrace_CALL) return 0;
    PyObject *kind, *error, *traceback;
    PyErr_Fetch(&kind, &error, &traceback);
    int result = 0;
    if (facts == NULL && (result = is_watched(self, code)) > 0)
        result = is_off(self) || (facts = facts_of(self, code, NULL)) != NULL ? 0 : -1;
    if (facts != NULL && result == 0 && !is_off(self)) {
        of->f_trace_opcodes = 1;
        Thread *thread = thread_of(self);
        if (thread == NULL) result = -1;
        else if (what == PyTrace_CALL) result = on_call(self, thread, frame, code);
        else {
            Activation *known = activation_at(self, (uintptr_t)frame);
            int was_suspended = known != NULL && known->thread == NULL;   /* no CALL tells of what gen_throw resumes */
            Activation *activation = running_natively(self, thread, frame, code);
            if (was_suspended && activation == known) activation->is_pending = activation->facts->is_resumable;
            if (activation == NULL) result = -1;
            else if (what == PyTrace_OPCODE) result = on_opcode(self, thread, activation);
            else if (what == PyTrace_RETURN) result = on_leaving(self, thread, activation, arg);
            else {
                PyObject *raised = arg != NULL && PyTuple_Check(arg) ? PyTuple_GET_ITEM(arg, 1) : NULL;
                result = tell_resumption(self, thread, activation, raised);
                keep_error(activation, raised);
            }
        }
    }
    Py_DECREF(done(self, result));
    PyErr_Restore(kind, error, traceback);
    return 0;
}

/* trace(on): begin or end in the running thread. */
static PyObject *set_trace(Encoder *self, PyObject *on)
{
    int is_on = PyObject_IsTrue(on);
    if (is_on < 0) return NULL;
    PyEval_SetTrace(is_on ? tracer : NULL, is_on ? (PyObject *)self : NULL);
    Py_RETURN_NONE;
}

#define CALLED NULL                                           /* nothing calls the encoder */
#define NATIVE_EVENTS {"trace", (PyCFunction)set_trace, METH_O, "Begin or end, in the running thread."},
#endif


static PyMethodDef death = {"note_death", note_death, METH_O, "Note that a generator dies."};

/* native(is_watched, disable): record the host's own frames. */
static PyObject *set_native(Encoder *self, PyObject *args)
{
    if (!PyArg_ParseTuple(args, "OO", &self->is_watched, &self->disable)) return NULL;
    Py_INCREF(self->is_watched);
    Py_INCREF(self->disable);
    self->on_death = PyCFunction_New(&death, (PyObject *)self);
    if (self->on_death == NULL) return NULL;
    Py_RETURN_NONE;
}

/* The number of a generator's activation, 0 when it is not watched. */
static int64_t number_of_generator(Encoder *self, PyObject *generator)
{
    LFrame *frame = frame_of_generator(generator);
    Activation *activation = frame == NULL ? NULL : activation_at(self, (uintptr_t)frame);
    return activation != NULL && referent(activation->where) == generator ? activation->number : 0;
}

/* activation_of(generator): the same, of the machine's as well. */
static PyObject *activation_of(Encoder *self, PyObject *generator)
{
    int64_t number = 0;
    if (is_generator(generator)) number = number_of_generator(self, generator);
    else if (self->at_pc) {                                   /* perhaps the machine's */
        PyObject *frame = PyObject_GetAttrString(generator, "_frame");
        if (frame == NULL) PyErr_Clear();
        else if (PyObject_HasAttrString(frame, "activation")) number = int_member(frame, self->at_activation);
        Py_XDECREF(frame);
    }
    return PyLong_FromLongLong(number);
}

/* consider(code): have a code object recorded whose frames may run already, if it is watched. */
static PyObject *consider(Encoder *self, PyObject *code)
{
    int watched = PyCode_Check(code) ? is_watched(self, code) : 0;
    if (watched <= 0 || is_off(self)) return done(self, watched < 0 ? -1 : 0);
    return done(self, facts_of(self, code, NULL) == NULL ? -1 : 0);
}

/* hide(): record nothing of what the running thread does. */
static PyObject *hide(Encoder *self, PyObject *Py_UNUSED(ignored))
{
    self->hidden = PyThreadState_Get()->id;
    Py_RETURN_NONE;
}

#define NATIVE_METHODS NATIVE_EVENTS \
    {"hide", (PyCFunction)hide, METH_NOARGS, "Record nothing of what the running thread does."}, \
    {"consider", (PyCFunction)consider, METH_O, "Have a code object recorded whose frames may run already."}, \
    {"activation_of", (PyCFunction)activation_of, METH_O, "Return the number of a generator's activation."}, \
    {"native", (PyCFunction)set_native, METH_VARARGS, "Record the host's own frames."},

/* -- functions of the module ---------------------------------------------------------------------------------------- */

/* slots(frame, height, null): the fast locals of a frame object and `height` values of its stack, as two lists. */
static PyObject *slots(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyFrameObject *object;
    PyObject *null;
    int height;
    if (!PyArg_ParseTuple(args, "O!iO", &PyFrame_Type, &object, &height, &null)) return NULL;
    LFrame *frame = frame_of_object(object);
    PyCodeObject *code = (PyCodeObject *)code_of_frame(frame);
    View view = host_view(frame, code, height);
    PyObject *fast = PyList_New(view.locals), *stack = PyList_New(height);
    if (fast == NULL || stack == NULL) return NULL;
    for (int i = 0; i < view.locals + height; i++) {
        uintptr_t slot = i < view.locals ? view.fast[i] : view.stack[i - view.locals];
        PyObject *value = object_in(slot);
        value = is_tagged_int(slot) ? PyLong_FromLongLong(tagged_int(slot)) : Py_NewRef(value == NULL ? null : value);
        if (i < view.locals) PyList_SET_ITEM(fast, i, value);
        else PyList_SET_ITEM(stack, i - view.locals, value);
    }
    return Py_BuildValue("(NN)", fast, stack);
}

/* How many calls lie beneath what a frame calls (NULL: the interpreter itself), by the count of the recursion limit. */
static int depth_beneath(LFrame *frame, PyObject *called)
{
    int depth = 0;
    if (COUNTS_C_CALLS && frame == NULL && PyCFunction_Check(called)) depth--;  /* the interpreter begins without one */
    for (; frame != NULL; frame = previous_of(frame)) depth++;
    return depth;
}

/* call_from(frame, function, *args): call a function as if a frame beneath this one did it, or none, if that is None:
 * what lies in between is not among the frames that the function sees, nor does it count for the recursion limit.
 * greenlet begins its own stacks like this. */
static PyObject *call_from(PyObject *Py_UNUSED(module), PyObject *args)
{
    if (PyTuple_GET_SIZE(args) < 2) return PyErr_Format(PyExc_TypeError, "expected a frame and a function");
    PyObject *frame = PyTuple_GET_ITEM(args, 0);
    if (frame != Py_None && !PyFrame_Check(frame))
        return PyErr_Format(PyExc_TypeError, "expected a frame or None, got %.100s", Py_TYPE(frame)->tp_name);
    PyObject *rest = PyTuple_GetSlice(args, 2, PyTuple_GET_SIZE(args));
    if (rest == NULL) return NULL;
    PyThreadState *state = PyThreadState_Get();
    PyObject *function = PyTuple_GET_ITEM(args, 1);
    LFrame *own = *top_of(state), *beneath = frame == Py_None ? NULL : frame_of_object((PyFrameObject *)frame);
    int room = depth_of(state) - depth_beneath(beneath, function);
    *top_of(state) = beneath;
    give_room(state, room);
    PyObject *result = PyObject_Call(function, rest, NULL);
    give_room(state, -room);
    *top_of(state) = own;
    Py_DECREF(rest);
    return result;
}

/* offsets(): what the running Python tells of its layout and what its headers say, as a dict {name: (told, known)}. */
static PyObject *offsets(PyObject *Py_UNUSED(module), PyObject *Py_UNUSED(ignored))
{
    const Offset all[] = OFFSETS;
    PyObject *found = PyDict_New();
    for (const Offset *each = all; found != NULL && each->name != NULL; each++) {
        PyObject *pair = Py_BuildValue("(KK)", (unsigned long long)each->told, (unsigned long long)each->known);
        if (pair == NULL || PyDict_SetItemString(found, each->name, pair) < 0) Py_CLEAR(found);
        Py_XDECREF(pair);
    }
    return found;
}
