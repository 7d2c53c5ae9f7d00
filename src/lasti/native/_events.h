/* -- frames, the machine's and the host's, as an encoder sees them ------------------------------------------------ */

/* The slots of a frame at some moment; in the machine's they are plain objects. */
typedef struct {
    const uintptr_t *fast, *stack;
    int locals, height;
    char is_host;
} View;

#define MEMBER(object, at) (*(PyObject **)((char *)(object) + (at)))

static inline PyObject *in_slot(const View *view, uintptr_t slot)
{
    return view->is_host ? object_in(slot) : (PyObject *)slot;
}

static int put_slot(Encoder *self, Text *text, const View *view, uintptr_t slot, int how)
{
    if (view->is_host && is_tagged_int(slot)) return put_int(text, tagged_int(slot));
    return put_value_as(self, text, in_slot(view, slot), how);
}

/* Whether nothing but the value stack refers to what lies in a slot. */
static inline int is_alone(const View *view, uintptr_t slot)
{
    PyObject *value = in_slot(view, slot);
    return value != NULL && !(view->is_host && is_borrowed(slot)) && Py_REFCNT(value) == 1;
}

static View machine_view(Encoder *self, PyObject *frame)
{
    PyListObject *fast = (PyListObject *)MEMBER(frame, self->at_fast);
    PyListObject *stack = (PyListObject *)MEMBER(frame, self->at_stack);
    return (View){(uintptr_t *)fast->ob_item, (uintptr_t *)stack->ob_item, (int)Py_SIZE(fast), (int)Py_SIZE(stack), 0};
}

static View host_view(LFrame *frame, PyCodeObject *code, int height)
{
    int locals = locals_of_code(code);
    return (View){slots_of(frame), slots_of(frame) + locals, locals, height, 1};
}

/* -- activations and threads -------------------------------------------------------------------------------------- */

static inline size_t bucket_of(Encoder *self, uintptr_t key)
{
    return (size_t)(key * 0x9E3779B97F4A7C15u >> 24) & self->bucket_mask;
}

static Activation *activation_at(Encoder *self, uintptr_t key)
{
    if (self->buckets == NULL) return NULL;
    Activation *activation = self->buckets[bucket_of(self, key)];
    while (activation != NULL && activation->key != key) activation = activation->next;
    return activation;
}

static int add_activation(Encoder *self, Activation *activation)
{
    if (self->buckets == NULL || self->activation_count > self->bucket_mask) {
        size_t old = self->buckets == NULL ? 0 : self->bucket_mask + 1, mask = old ? old * 2 - 1 : 1023;
        Activation **buckets = PyMem_RawCalloc(mask + 1, sizeof *buckets), **before = self->buckets;
        if (buckets == NULL) { PyErr_NoMemory(); return -1; }
        self->buckets = buckets;
        self->bucket_mask = mask;
        for (size_t i = 0; i < old; i++)
            for (Activation *each = before[i], *next; each != NULL; each = next) {
                next = each->next;
                each->next = buckets[bucket_of(self, each->key)];
                buckets[bucket_of(self, each->key)] = each;
            }
        PyMem_RawFree(before);
    }
    activation->next = self->buckets[bucket_of(self, activation->key)];
    self->buckets[bucket_of(self, activation->key)] = activation;
    self->activation_count++;
    return 0;
}

static void let_go(Activation *activation)                    /* of what it holds: that may run code */
{
    while (activation->held_count) {
        PyObject *value = activation->held[--activation->held_count];
        Py_DECREF(value);
    }
}

/* Whether nobody can resume a suspended activation any more. */
static inline int is_gone(Activation *activation)
{
    return referent(activation->where) == NULL && !activation->is_dying;
}

static Activation *new_activation(Encoder *self)
{
    Activation *activation = self->unused_activations;
    if (activation == NULL) return PyMem_RawCalloc(1, sizeof *activation);
    self->unused_activations = activation->next;
    PyObject **held = activation->held;
    int room = activation->held_room;
    memset(activation, 0, sizeof *activation);
    activation->held = held;
    activation->held_room = room;
    return activation;
}

static void free_activation(Encoder *self, Activation *activation)
{
    activation->next = self->unused_activations;
    self->unused_activations = activation;
}

static void drop_unused_activations(Encoder *self)
{
    for (Activation *each = self->unused_activations, *next; each != NULL; each = next) {
        next = each->next;
        PyMem_RawFree(each->held);
        PyMem_RawFree(each);
    }
    self->unused_activations = NULL;
}

static void remove_activation(Encoder *self, Activation *activation)
{
    Activation **place = &self->buckets[bucket_of(self, activation->key)];
    while (*place != NULL && *place != activation) place = &(*place)->next;
    if (*place == activation) { *place = activation->next; self->activation_count--; }
    activation->has_ended = 1;
    activation->host = NULL;
    Py_CLEAR(activation->frame);
    Py_CLEAR(activation->where);
    Py_CLEAR(activation->error);
    if (self->ran_count && self->ran[self->ran_count - 1] == activation) self->ran_count--;
    else if (activation->has_run) return;                     /* it is freed when the block ends */
    free_activation(self, activation);
}

static int note_run(Encoder *self, Activation *activation)    /* in this block */
{
    activation->block = self->block;
    if (activation->has_run) return 0;
    if (self->ran_count == self->ran_room) {
        size_t count = self->ran_room ? self->ran_room * 2 : 256;
        Activation **ran = PyMem_RawRealloc(self->ran, count * sizeof *ran);
        if (ran == NULL) { PyErr_NoMemory(); return -1; }
        self->ran = ran;
        self->ran_room = count;
    }
    activation->has_run = 1;
    self->ran[self->ran_count++] = activation;
    return 0;
}

static Thread *thread_of(Encoder *self)
{
    uint64_t id = PyThreadState_Get()->id;
    if (self->latest != NULL && self->latest->id == id) return self->latest;
    for (Thread *thread = self->threads; thread != NULL; thread = thread->next)
        if (thread->id == id) return self->latest = thread;
    Thread *thread = PyMem_RawCalloc(1, sizeof *thread);
    PyObject *arg = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    PyObject *number = arg == NULL || thread == NULL ? NULL : ask(self, self->number_of_thread, &arg, 1);
    Py_XDECREF(arg);
    if (number == NULL) { PyMem_RawFree(thread); return NULL; }
    thread->id = id;
    thread->number = PyLong_AsLongLong(number);
    Py_DECREF(number);
    thread->next = self->threads;
    self->threads = thread;
    return self->latest = thread;
}

static int push(Thread *thread, Activation *activation)
{
    if (thread->count == thread->room) {
        int count = thread->room ? thread->room * 2 : 64;
        Activation **stack = PyMem_RawRealloc(thread->stack, (size_t)count * sizeof *stack);
        if (stack == NULL) { PyErr_NoMemory(); return -1; }
        thread->stack = stack;
        thread->room = count;
    }
    thread->stack[thread->count++] = activation;
    activation->thread = thread;
    return 0;
}

/* Take the topmost activation off the stack: it is suspended. */
static int suspend_top(Encoder *self, Thread *thread)
{
    Activation *top = thread->stack[--thread->count];
    top->thread = NULL;
    top->is_direct = top->is_making = 0;
    if (top->frame != NULL) {                                 /* the machine's */
        Py_XDECREF(top->where);
        top->where = PyWeakref_NewRef(top->frame, NULL);
        if (top->where == NULL) return -1;
    }
    let_go(top);
    Py_CLEAR(top->frame);
    if (top->where == NULL) remove_activation(self, top);     /* nobody can resume it */
    return 0;
}

static int suspend_above(Encoder *self, Activation *activation)
{
    Thread *thread = activation->thread;
    while (thread != NULL && thread->count && thread->stack[thread->count - 1] != activation)
        if (suspend_top(self, thread) < 0) return -1;
    return 0;
}

/* -- lines -------------------------------------------------------------------------------------------------------- */

static int64_t size_of(Encoder *self)
{
    return (int64_t)(self->stream.len + self->pictures.len + self->output.len);
}

static int begin_line(Encoder *self)
{
    if (self->stream.len && put_char(&self->stream, '\n') < 0) return -1;
    self->lines++;
    return 0;
}

static int tell_ends(Encoder *self, Thread *thread);

static int take_turn(Encoder *self, Thread *thread)
{
    if (self->turn == thread) return 0;
    if (self->ending.count) self->turn = self->turn_before;
    if (self->turn != thread) {
        self->turn = thread;
        self->current = 0;
        self->epoch++;
        if (begin_line(self) < 0 || put_char(&self->stream, '~') < 0 || put_int(&self->stream, thread->number) < 0)
            return -1;
    }
    return tell_ends(self, thread);
}

static int add_step(Encoder *self, Thread *thread, Activation *activation, const char *fields, size_t length)
{
    Text *stream = &self->stream;
    if (take_turn(self, thread) < 0 || room(stream, length + LONGEST_INT + 3) < 0) return -1;
    char *at = stream->data + stream->len;
    if (stream->len) *at++ = '\n';
    if (self->current != activation->number) {
        self->current = activation->number;
        *at++ = '>';
        at = int_at(at, activation->number);
        if (length) *at++ = '\t';
    }
    if (length) memcpy(at, fields, length);
    stream->len = (size_t)(at - stream->data) + length;
    self->lines++;
    self->steps++;
    return 0;
}

static int add_event(Encoder *self, Thread *thread, char letter, Text *text)
{
    Text *stream = &self->stream;
    if (take_turn(self, thread) < 0 || room(stream, text->len + LONGEST_INT + 3) < 0) return -1;
    int64_t now = now_ns();
    char *at = stream->data + stream->len;
    if (stream->len) *at++ = '\n';
    *at++ = letter;
    at = int_at(at, now - self->time);
    *at++ = '\t';
    if (text->len) memcpy(at, text->data, text->len);
    stream->len = (size_t)(at - stream->data) + text->len;
    self->lines++;
    self->time = now;
    self->current = 0;
    return 0;
}

static int put_field_tab(Text *text) { return text->len ? put_char(text, '\t') : 0; }

/* -- what an instruction changes ---------------------------------------------------------------------------------- */

static int put_whole(Encoder *self, Activation *activation, const View *view, Text *text)
{
    if (note_run(self, activation) < 0) return -1;
    activation->is_unsure = 0;
    if (put_field_tab(text) < 0 || put_char(text, '*') < 0 || put_int(text, view->height) < 0) return -1;
    for (int i = 0; i < view->height; i++)
        if (put_char(text, '\t') < 0 || put_slot(self, text, view, view->stack[i], 0) < 0) return -1;
    for (int i = 0; i < view->locals; i++)
        if (put_char(text, '\t') < 0 || put_slot(self, text, view, view->fast[i], 0) < 0) return -1;
    return 0;
}

static int put_changes(Encoder *self, Activation *activation, const View *view, Text *text)
{
    Facts *facts = activation->facts;
    int last = activation->last, rest = last == NOT_BEGUN ? 0 : facts->rest[last];
    if (rest > view->height) rest = view->height;
    if (rest > activation->height) rest = activation->height;
    int popped = activation->height - rest;
    if (popped && (put_field_tab(text) < 0 || put_char(text, '^') < 0 || put_int(text, popped) < 0)) return -1;
    int is_new = last >= 0 && (facts->flags[last] & MAKES || activation->is_making);
    for (int i = rest; i < view->height; i++) {
        int how = is_new && i == view->height - 1 ? IS_NEW
            : last >= 0 && !(facts->flags[last] & QUIET) && is_alone(view, view->stack[i]) ? IS_SINGLE | AGAIN : 0;
        if (put_field_tab(text) < 0 || put_slot(self, text, view, view->stack[i], how) < 0) return -1;
    }
    for (int i = 2 * last; last >= 0 && i < 2 * last + 2; i++) {
        int index = facts->writes[i];
        if (index < 0) continue;
        if (put_field_tab(text) < 0 || put_char(text, '=') < 0 || put_int(text, index) < 0 || put_char(text, ':') < 0
            || put_slot(self, text, view, view->fast[index], 0) < 0) return -1;
    }
    return 0;
}

static int is_harmless(Encoder *self, PyObject *function)
{
    int64_t low = 0, high = self->harmless_count;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (self->harmless[middle] < (uintptr_t)function) low = middle + 1;
        else high = middle;
    }
    return low < self->harmless_count && self->harmless[low] == (uintptr_t)function;
}

/* Whether an operation on this value runs nobody's code: a scalar, or a container of no class of the program's. */
static inline int is_plain(Encoder *self, PyObject *value)
{
    if (Py_TYPE(value) == &PyLong_Type || is_scalar(self, value)) return 1;
    PyTypeObject *type = Py_TYPE(value);
    return type == &PyList_Type || type == &PyDict_Type || type == &PyTuple_Type || type == &PySet_Type
        || type == &PyRangeIter_Type || type == &PyListIter_Type || type == &PyTupleIter_Type
        || type == &PyModule_Type;                  /* not a function: its __annotations__ are made when asked for */
}

/* Whether the instruction at hand changes nothing but its operands: then nobody need look at anything else again.
 * (The reference always looks; that the lines are the same is what shows this to be right.) */
static int is_tame(Encoder *self, Activation *activation, const View *view)
{
    Facts *facts = activation->facts;
    int pc = activation->last, rest = facts->rest[pc];
    if (facts->flags[pc] & CALL) {
        int low = facts->low[pc];
        if (!low || low > view->height) return 0;
        PyObject *function = in_slot(view, view->stack[view->height - low]);
        if (function == NULL && low > 1) function = in_slot(view, view->stack[view->height - low + 1]);
        if (function == NULL || !is_harmless(self, function)) return 0;
    }
    for (int i = rest; i < view->height; i++) {
        PyObject *value = in_slot(view, view->stack[i]);
        if (value != NULL && !is_plain(self, value) && !(facts->flags[pc] & CALL && is_harmless(self, value))) return 0;
    }
    if (rest == view->height && view->height && !facts->grown[pc]) { /* FOR_ITER: what it iterates over */
        PyObject *top = in_slot(view, view->stack[view->height - 1]);
        return top == NULL || is_plain(self, top);
    }
    return 1;
}

static int hold(Activation *activation, PyObject *value)
{
    if (activation->held_count == activation->held_room) {
        int count = activation->held_room ? activation->held_room * 2 : 4;
        PyObject **held = PyMem_RawRealloc(activation->held, (size_t)count * sizeof *held);
        if (held == NULL) { PyErr_NoMemory(); return -1; }
        activation->held = held;
        activation->held_room = count;
    }
    activation->held[activation->held_count++] = Py_NewRef(value);
    return 0;
}

static int look_before(Encoder *self, Activation *activation, const View *view)
{
    Facts *facts = activation->facts;
    int pc = activation->last, low = facts->low[pc], high = facts->high[pc], flags = facts->flags[pc];
    activation->is_making = activation->is_direct = 0;
    activation->is_tame = (char)is_tame(self, activation, view);
    int callee = view->height - low;
    if (low > 1 && callee >= 0 && is_null(self, in_slot(view, view->stack[callee]))) callee++;  /* 3.11, 3.12 */
    for (int place = view->height - low; place < view->height - high; place++) {
        PyObject *value = place < 0 ? NULL : in_slot(view, view->stack[place]);
        if (value == NULL || is_scalar(self, value)) continue;
        if (place == callee && flags & CALL && PyType_Check(value)) activation->is_making = 1;
        if (Py_TYPE(value) == &PyCFunction_Type) {
            PyObject *owner = PyCFunction_GET_SELF(value);
            if (owner != NULL && Py_REFCNT(owner) > 1 && hold(activation, owner) < 0) return -1;
            continue;
        }
        if (is_alone(view, view->stack[place])) continue;
        Plan *plan = plan_of(self, Py_TYPE(value));
        if (plan == NULL) return -1;
        if (!plan->is_stable && hold(activation, value) < 0) return -1;
    }
    return 0;
}

static int look_after(Encoder *self, Activation *activation, const View *view)
{
    Facts *facts = activation->facts;
    int last = activation->last, flags = facts->flags[last], grown = facts->grown[last], result = 0;
    if (flags & QUIET && !grown) {
        int written = facts->writes[2 * last];
        PyObject *value = written >= 0 && written < view->locals ? in_slot(view, view->fast[written]) : NULL;
        if (value != NULL && Py_TYPE(value) == &PyCell_Type) self->epoch++;
        return 0;
    }
    if (activation->is_direct) { activation->is_direct = activation->is_making = 0; return 0; }
    if (!activation->is_tame) self->epoch++;
    if (activation->is_making && !(view->height && is_alone(view, view->stack[view->height - 1])))
        activation->is_making = 0;
    int is_making = activation->is_making;
    for (int i = 0; result == 0 && i < activation->held_count; i++)
        result = look_again(self, activation->held[i], AGAIN * activation->is_tame);
    if (result == 0 && grown && view->height >= grown)
        result = look_again(self, in_slot(view, view->stack[view->height - grown]), AGAIN * activation->is_tame);
    for (int i = 0; result == 0 && flags & CALL && !activation->is_tame && i < view->locals; i++) {
        PyObject *value = in_slot(view, view->fast[i]);
        if (value == NULL || is_scalar(self, value)) continue;
        Plan *plan = plan_of(self, Py_TYPE(value));
        result = plan == NULL ? -1 : plan->is_stable ? 0 : look_again(self, value, 0);
    }
    let_go(activation);
    activation->is_making = (char)is_making;
    return result;
}

#define MOST_QUICK 4                                          /* values of a step that is quickly written */
#define QUICK_LINE (5 * (LONGEST_INT + 3) + MOST_QUICK * (QUICK + 3))

/* Add the line of most steps: no exception, nothing but small values and objects that are known.  Nothing else can run
 * meanwhile, so it is written where it is to stand.  Returns 0, with nothing changed, for a step that is not as simple. */
static int add_quickly(Encoder *self, Activation *activation, const View *view, int pc)
{
    Facts *facts = activation->facts;
    Text *stream = &self->stream;
    int last = activation->last, flags = facts->flags[last], rest = facts->rest[last];
    if (rest > view->height) rest = view->height;
    if (rest > activation->height) rest = activation->height;
    if (view->height - rest > MOST_QUICK - 2 || room(stream, QUICK_LINE) < 0) { PyErr_Clear(); return 0; }
    char *begin = stream->data + stream->len, *at = begin;
    *at++ = '\n';
    if (self->current != activation->number) { *at++ = '>'; at = int_at(at, activation->number); *at++ = '\t'; }
    if (pc != last + 1) { *at++ = '@'; at = int_at(at, pc); *at++ = '\t'; }
    if (activation->height != rest) { *at++ = '^'; at = int_at(at, activation->height - rest); *at++ = '\t'; }
    for (int i = rest; i < view->height; i++) {
        PyObject *value = in_slot(view, view->stack[i]);
        if (value == NULL && view->stack[i] > 1) return 0;    /* an integer that is no object */
        char *end = quick_scalar(self, at, value);
        if (end == NULL) {
            int is_made = flags & MAKES || (activation->is_making && i == view->height - 1);
            int how = !(flags & QUIET) && is_alone(view, view->stack[i]) ? IS_SINGLE | AGAIN : 0;
            if (is_made || (end = quick_object(self, at, value, how)) == NULL) return 0;
        }
        at = end;
        *at++ = '\t';
    }
    for (int i = 2 * last; i < 2 * last + 2 && facts->writes[i] >= 0; i++) {
        uintptr_t slot = view->fast[facts->writes[i]];
        PyObject *value = in_slot(view, slot);
        if (value == NULL && slot > 1) return 0;
        *at++ = '=';
        at = int_at(at, facts->writes[i]);
        *at++ = ':';
        char *end = quick_scalar(self, at, value);
        if (end == NULL && (end = quick_object(self, at, value, 0)) == NULL) return 0;
        at = end;
        *at++ = '\t';
    }
    if (at[-1] == '\t') at--;
    self->current = activation->number;
    stream->len = (size_t)(at - stream->data);
    self->lines++;
    self->steps++;
    return 1;
}

static int add_slowly(Encoder *self, Thread *thread, Activation *activation, const View *view, int pc, int is_whole)
{
    Text *text = take_text(self);
    if (text == NULL) return -1;
    int result = 0;
    if (is_whole || pc != activation->last + 1) result = put_char(text, '@') < 0 ? -1 : put_int(text, pc);
    if (result == 0)
        result = is_whole ? put_whole(self, activation, view, text) : put_changes(self, activation, view, text);
    if (result == 0) result = add_step(self, thread, activation, text->data, text->len);
    give_text(self, text);
    return result;
}

static int note_step(Encoder *self, Thread *thread, Activation *activation, const View *view, int pc)
{
    Facts *facts = activation->facts;
    int last = activation->last;
    if (last >= 0 && (!(facts->flags[last] & QUIET) || facts->grown[last] || facts->writes[2 * last] >= 0)
        && look_after(self, activation, view) < 0) return -1;
    int is_whole = activation->block != self->block || activation->is_unsure
        || (last >= 0 && facts->flags[last] & WHOLE);
    int is_added = !is_whole && last >= 0 && self->turn == thread && self->stream.len
        && add_quickly(self, activation, view, pc);
    if (!is_added && add_slowly(self, thread, activation, view, pc, is_whole) < 0) return -1;
    activation->last = pc;
    activation->height = view->height;
    if (facts->flags[pc] & QUIET) {
        activation->is_making = activation->is_direct = activation->is_tame = 0;
        return 0;
    }
    return look_before(self, activation, view);
}

/* -- where the machine's frames keep things ----------------------------------------------------------------------- */

static Py_ssize_t offset_of(PyTypeObject *type, const char *name)
{
    PyObject *descriptor = PyObject_GetAttrString((PyObject *)type, name);
    Py_ssize_t offset = -1;
    if (descriptor == NULL) return -1;
    if (Py_TYPE(descriptor) == &PyMemberDescr_Type) offset = ((PyMemberDescrObject *)descriptor)->d_member->offset;
    else PyErr_Format(PyExc_TypeError, "%s is no slot", name);
    Py_DECREF(descriptor);
    return offset;
}

/* Learn it from the first frame. */
static int learn_layout(Encoder *self, PyObject *frame)
{
    if (self->at_pc) return 0;
    static const char *const names[] = {"activation", "stack", "fast", "code", "back", "locals", "is_over",
                                        "function_qualname", "pc"};
    Py_ssize_t *const places[] = {&self->at_activation, &self->at_stack, &self->at_fast, &self->at_code,
                                  &self->at_back, &self->at_locals, &self->at_is_over, &self->at_qualname,
                                  &self->at_pc};
    for (int i = 0; i < 9; i++)
        if ((*places[i] = offset_of(Py_TYPE(frame), names[i])) < 0) { self->at_pc = 0; return -1; }
    return 0;
}

/* -- the machine's events ----------------------------------------------------------------------------------------- */

static int64_t int_member(PyObject *object, Py_ssize_t at)
{
    PyObject *value = MEMBER(object, at);
    return value == NULL ? 0 : PyLong_AsLongLong(value);
}

/* The facts of a code object; `code` is the host's, or that of the machine's which has it. */
static Facts *facts_of(Encoder *self, PyObject *code, PyObject *qualname)
{
    Facts *facts = *find(&self->facts, code);
    if (facts != NULL) return facts;
    PyObject *args[2] = {code, qualname == NULL ? Py_None : qualname};
    PyObject *made = ask(self, self->facts_of, args, 2);
    if (made == NULL) return NULL;
    facts = PyMem_RawCalloc(1, sizeof *facts);
    if (facts == NULL) { Py_DECREF(made); PyErr_NoMemory(); return NULL; }
    facts->code = Py_NewRef(code);
    facts->facts = made;
    static const char *const arrays[] = {"flags", "rest", "low", "high", "grown", "writes", "depths", "index_of",
                                         "offsets"};
    const int **places[] = {&facts->flags, &facts->rest, &facts->low, &facts->high, &facts->grown, &facts->writes,
                            &facts->depths, &facts->index_of, &facts->offsets};
    for (int i = 0; i < 9; i++) {
        PyObject *array = PyObject_GetAttrString(made, arrays[i]);
        int result = array == NULL ? -1 : PyObject_GetBuffer(array, &facts->buffers[i], PyBUF_SIMPLE);
        Py_XDECREF(array);
        if (result < 0) return NULL;
        *places[i] = facts->buffers[i].buf;
    }
    facts->instructions = (int)(facts->buffers[0].len / (Py_ssize_t)sizeof(int));
    facts->units = (int)(facts->buffers[7].len / (Py_ssize_t)sizeof(int));
    static const char *const numbers[] = {"number", "counter", "locals", "arguments", "positional"};
    int64_t values[5];
    for (int i = 0; i < 5; i++) {
        PyObject *number = PyObject_GetAttrString(made, numbers[i]);
        values[i] = number == NULL ? -1 : PyLong_AsLongLong(number);
        Py_XDECREF(number);
    }
    facts->number = values[0];
    facts->counter = values[1];
    facts->locals = (int)values[2];
    facts->arguments = (int)values[3];
    facts->positional = (int)values[4];
    facts->is_resumable = (char)(has_flag(made, "is_resumable") == 1);
    facts->is_init = (char)(has_flag(made, "is_init") == 1);
    facts->is_fast = (char)(has_flag(made, "is_fast") == 1);
    if (PyErr_Occurred() || insert(&self->facts, facts) < 0) return NULL;
    return facts;
}

static int64_t next_ordinal(Encoder *self, int64_t counter)
{
    if ((size_t)counter >= self->counter_room) {
        size_t count = (size_t)counter * 2 + 64;
        int64_t *counters = PyMem_RawRealloc(self->counters, count * sizeof *counters);
        if (counters == NULL) { PyErr_NoMemory(); return -1; }
        memset(counters + self->counter_room, 0, (count - self->counter_room) * sizeof *counters);
        self->counters = counters;
        self->counter_room = count;
    }
    return ++self->counters[counter];
}

static int put_birth(Encoder *self, Activation *activation)
{
    Text *births = &self->births;
    int64_t numbers[] = {activation->number, activation->facts->number, activation->ordinal, activation->origin,
                         activation->first};
    return births->len && put_char(births, '\n') < 0 ? -1 : put_ints(births, numbers, 5, '\t');
}

static int add_birth(Encoder *self, Activation *activation, int64_t origin)
{
    activation->ordinal = next_ordinal(self, activation->facts->counter);
    activation->origin = origin;
    activation->first = self->first_step + self->steps;
    return activation->ordinal < 0 ? -1 : put_birth(self, activation);
}

/* An argument that inner functions use lies in a cell already when the host tells of the call. */
static int put_argument(Encoder *self, Text *text, const View *view, uintptr_t slot, int how)
{
    PyObject *value = in_slot(view, slot);
    if (view->is_host && value != NULL && Py_TYPE(value) == &PyCell_Type) value = PyCell_GET(value);
    return put_value_as(self, text, value, value != NULL && Py_REFCNT(value) == 1 ? how : 0);
}

/* Begin an activation, running on top of its thread's stack.  The caller has looked at the arguments' slots. */
static Activation *begin(Encoder *self, Thread *thread, Facts *facts, const View *view, int64_t origin)
{
    Text *text = take_text(self);
    Activation *activation = new_activation(self), *caller;
    if (text == NULL || activation == NULL) { PyErr_NoMemory(); return NULL; }
    caller = thread->count ? thread->stack[thread->count - 1] : NULL;
    if (facts->is_init && facts->arguments && caller != NULL && caller->is_making) {
        caller->is_making = 0;
        PyObject *made = in_slot(view, view->fast[0]);
        Entry *entry;
        if (made != NULL && !is_scalar(self, made) && look(self, made, IS_NEW, 1, &entry) < 0) return NULL;
    }
    Text *values = take_text(self);
    if (values == NULL) return NULL;
    if (caller == NULL || !caller->is_direct || facts->arguments > facts->positional) self->epoch++;
    for (int i = 0; i < facts->arguments && i < view->locals; i++) {
        int how = i < facts->positional ? 0 : IS_SINGLE;      /* *args and **kwargs were just made, as a rule */
        if (put_char(values, '\t') < 0 || put_argument(self, values, view, view->fast[i], how) < 0) return NULL;
    }
    activation->number = ++self->activations;
    activation->facts = facts;
    activation->last = NOT_BEGUN;
    activation->height = view->height;
    activation->is_unsure = view->height != 0;
    for (int i = facts->arguments; i < view->locals; i++) {
        PyObject *value = in_slot(view, view->fast[i]);
        if (value != NULL && value != self->null) activation->is_unsure = 1;
    }
    if (add_birth(self, activation, origin) < 0 || note_run(self, activation) < 0 || push(thread, activation) < 0)
        return NULL;
    int64_t numbers[] = {activation->number, facts->number, origin};
    if (put_ints(text, numbers, 3, '\t') < 0 || put(text, values->data, values->len) < 0) return NULL;
    give_text(self, values);
    int result = add_event(self, thread, 'C', text);
    give_text(self, text);
    return result < 0 ? NULL : activation;
}

static Activation *begin_on_machine(Encoder *self, Thread *thread, PyObject *frame, int64_t origin)
{
    Facts *facts = facts_of(self, MEMBER(frame, self->at_code), MEMBER(frame, self->at_qualname));
    if (facts == NULL) return NULL;
    View view = machine_view(self, frame);
    Activation *activation = begin(self, thread, facts, &view, origin);
    if (activation == NULL) return NULL;
    activation->key = (uintptr_t)activation->number << 4;
    activation->frame = Py_NewRef(frame);
    PyObject *number = PyLong_FromLongLong(activation->number), *old = MEMBER(frame, self->at_activation);
    if (number == NULL || add_activation(self, activation) < 0) return NULL;
    MEMBER(frame, self->at_activation) = number;
    Py_XDECREF(old);
    return activation;
}

/* The activation of a frame that runs, on top of its thread's stack. */
static Activation *running(Encoder *self, Thread *thread, PyObject *frame)
{
    if (thread->count && thread->stack[thread->count - 1]->frame == frame) return thread->stack[thread->count - 1];
    int64_t number = int_member(frame, self->at_activation);
    Activation *activation = number > 0 ? activation_at(self, (uintptr_t)number << 4) : NULL;
    if (activation == NULL) return begin_on_machine(self, thread, frame, 0);
    if (activation->thread != NULL) return suspend_above(self, activation) < 0 ? NULL : activation;
    Py_CLEAR(activation->where);
    activation->frame = Py_NewRef(frame);
    return push(thread, activation) < 0 ? NULL : activation;
}

/* Watched code was called from watched code: what it changes will be seen there. */
static void enter_from(Encoder *self, Thread *thread, PyObject *caller, PyObject *frame)
{
    Activation *top = thread->count ? thread->stack[thread->count - 1] : NULL;
    if (top == NULL || top->frame != caller || MEMBER(frame, self->at_back) != caller) return;
    Facts *facts = facts_of(self, MEMBER(frame, self->at_code), MEMBER(frame, self->at_qualname));
    top->is_direct = facts != NULL && facts->is_fast;        /* what exec() was given is changed by it */
    PyErr_Clear();                                           /* who asks for the facts next will tell */
    if (top->is_direct) let_go(top);
}

static int add_ended(Encoder *self, int64_t number)
{
    Text *ends = &self->ends;
    int64_t step = self->first_step + self->steps;
    if (number <= self->earlier
        && (add_number(&self->late, number) < 0 || add_number(&self->late, step) < 0)) return -1;
    int64_t numbers[] = {number, step};
    if ((ends->len && put_char(ends, ',') < 0) || put_char(ends, '[') < 0 || put_ints(ends, numbers, 2, ',') < 0) return -1;
    return put_char(ends, ']');
}

/* An event with the activation's number, the origin (unless it is negative) and a value (unless NULL). */
static int tell(Encoder *self, Thread *thread, char letter, Activation *activation, int64_t origin, PyObject *value)
{
    Text *text = take_text(self);
    if (text == NULL) return -1;
    int result = put_int(text, activation->number);
    if (result == 0 && origin >= 0) result = put_char(text, '\t') < 0 ? -1 : put_int(text, origin);
    if (result == 0 && value != NULL) result = put_char(text, '\t') < 0 ? -1 : put_value(self, text, value);
    if (result == 0 && (letter == 'R' || letter == 'U' || letter == 'E')) result = add_ended(self, activation->number);
    if (result == 0) result = add_event(self, thread, letter, text);
    give_text(self, text);
    return result;
}

/* -- what ends without having run ----------------------------------------------------------------------------------- */

/* Note that a suspended activation is over, it seems.  Its end is told before whatever is told next, unless that is that it
 * runs: up to 3.11 one that has not begun is closed, when its weak references are dead already.  Until then it is nobody's
 * turn, so that no step is written in haste. */
static int note_end(Encoder *self, Activation *activation)
{
    if (activation->is_ending || activation->thread != NULL || self->is_off) return 0;
    if (add_number(&self->ending, (int64_t)activation->key) < 0 || add_number(&self->ending, activation->number) < 0)
        return -1;
    activation->is_ending = 1;
    if (self->ending.count == 2) self->turn_before = self->turn;
    self->turn = NULL;
    return 0;
}

static int tell_end(Encoder *self, Thread *thread, uintptr_t key, int64_t number)
{
    Activation *activation = activation_at(self, key);        /* unless another has come to lie at its place */
    if (activation != NULL && activation->number != number) activation = NULL;
    if (activation != NULL && activation->thread != NULL) { activation->is_ending = 0; return 0; }
    Text *text = take_text(self);
    if (text == NULL) return -1;
    int result = put_int(text, number) < 0 || add_ended(self, number) < 0 ? -1 : add_event(self, thread, 'E', text);
    give_text(self, text);
    if (activation != NULL) remove_activation(self, activation);
    return result;
}

static int tell_ends(Encoder *self, Thread *thread)
{
    Numbers ending = self->ending;
    int result = 0;
    if (ending.count == 0) return 0;
    self->ending = (Numbers){NULL, 0, 0};                     /* no others end meanwhile, but nothing hangs on that */
    for (size_t i = 0; result == 0 && i < ending.count; i += 2)
        result = tell_end(self, thread, (uintptr_t)ending.items[i], ending.items[i + 1]);
    PyMem_RawFree(ending.items);
    return result;
}

/* -- methods ------------------------------------------------------------------------------------------------------ */

/* Whether it is time, at the end of a method and not in the midst of a line, to tell that the block is full. */
static inline int is_full(Encoder *self)
{
    return (self->lines >= BLOCK || size_of(self) >= BLOCK_SIZE) && !self->asking && !self->is_off;
}

static int tell_that_full(Encoder *self)
{
    PyObject *told = ask(self, self->is_full, NULL, 0);
    Py_XDECREF(told);
    return told == NULL ? -1 : 0;
}

/* A method has failed: the recording is over, the program goes on.  `failed(error)` is told once. */
static void give_up(Encoder *self)
{
    PyObject *kind, *error, *traceback;
    PyErr_Fetch(&kind, &error, &traceback);
    PyErr_NormalizeException(&kind, &error, &traceback);
    if (!self->is_off) {
        self->is_off = 1;
        PyObject *told = error == NULL ? NULL : ask(self, self->failed, &error, 1);
        Py_XDECREF(told);
    }
    PyErr_Clear();
    Py_XDECREF(kind);
    Py_XDECREF(error);
    Py_XDECREF(traceback);
}

/* The end of a method, whether it has failed or not. */
static inline PyObject *done(Encoder *self, int result)
{
    if (result < 0 || (is_full(self) && tell_that_full(self) < 0)) give_up(self);
    Py_RETURN_NONE;
}

static PyObject *record_step(Encoder *self, PyObject *frame)
{
    if (is_off(self)) Py_RETURN_NONE;
    if (learn_layout(self, frame) < 0) return done(self, -1);
    Thread *thread = thread_of(self);
    Activation *activation = thread == NULL ? NULL : running(self, thread, frame);
    if (activation == NULL) return done(self, -1);
    View view = machine_view(self, frame);
    return done(self, note_step(self, thread, activation, &view, (int)int_member(frame, self->at_pc)));
}

static PyObject *record_call(Encoder *self, PyObject *const *args, Py_ssize_t count)
{
    if (is_off(self) || count != 2) Py_RETURN_NONE;
    Thread *thread = thread_of(self);
    if (thread == NULL || learn_layout(self, args[0]) < 0) return done(self, -1);
    PyObject *frame = args[0], *caller = args[1];
    if (caller != Py_None) enter_from(self, thread, caller, frame);
    int64_t origin = caller == Py_None ? 0 : int_member(caller, self->at_activation);
    return done(self, begin_on_machine(self, thread, frame, origin) == NULL ? -1 : 0);
}

static PyObject *record_leaving(Encoder *self, PyObject *const *args, Py_ssize_t count, char letter)
{
    if (is_off(self) || count < 2) Py_RETURN_NONE;
    if (learn_layout(self, args[0]) < 0) return done(self, -1);
    Thread *thread = thread_of(self);
    Activation *activation = thread == NULL ? NULL : running(self, thread, args[0]);
    if (activation == NULL) return done(self, -1);
    let_go(activation);
    self->epoch++;
    if (letter == 'H') activation->is_unsure = 1;
    if (tell(self, thread, letter, activation, -1, args[1]) < 0) return done(self, -1);
    if (letter == 'H') return done(self, 0);
    if (letter == 'Y') return done(self, suspend_top(self, thread));
    thread->count--;
    remove_activation(self, activation);
    return done(self, 0);
}

#define LEAVING(name, letter) \
    static PyObject *name(Encoder *self, PyObject *const *args, Py_ssize_t count) \
    { return record_leaving(self, args, count, letter); }
LEAVING(record_return, 'R')
LEAVING(record_yield, 'Y')
LEAVING(record_unwind, 'U')
LEAVING(record_handle, 'H')

static PyObject *record_going_on(Encoder *self, PyObject *const *args, Py_ssize_t count, char letter)
{
    if (is_off(self) || count != 3) Py_RETURN_NONE;
    Thread *thread = thread_of(self);
    if (thread == NULL || learn_layout(self, args[0]) < 0) return done(self, -1);
    PyObject *frame = args[0], *resumer = args[1];
    int64_t origin = 0;
    if (resumer != Py_None) {
        enter_from(self, thread, resumer, frame);
        origin = int_member(resumer, self->at_activation);
        Activation *from = activation_at(self, (uintptr_t)origin << 4);
        if (from != NULL && from->thread == thread && suspend_above(self, from) < 0) return done(self, -1);
    }
    self->epoch++;
    Activation *activation = running(self, thread, frame);
    if (activation == NULL) return done(self, -1);
    activation->is_unsure = 1;
    return done(self, tell(self, thread, letter, activation, origin, args[2]));
}

static PyObject *record_resume(Encoder *self, PyObject *const *args, Py_ssize_t count)
{
    return record_going_on(self, args, count, 'S');
}

static PyObject *record_throw(Encoder *self, PyObject *const *args, Py_ssize_t count)
{
    return record_going_on(self, args, count, 'T');
}

static PyObject *record_end(Encoder *self, PyObject *frame)
{
    if (is_off(self)) Py_RETURN_NONE;
    if (learn_layout(self, frame) < 0) return done(self, -1);
    Thread *thread = thread_of(self);
    int64_t number = int_member(frame, self->at_activation);
    Activation *activation = number > 0 ? activation_at(self, (uintptr_t)number << 4) : NULL;
    if (thread == NULL) return done(self, -1);
    if (activation == NULL || activation->thread != NULL) Py_RETURN_NONE;
    int result = tell(self, thread, 'E', activation, -1, NULL);
    remove_activation(self, activation);
    return done(self, result);
}

static PyObject *record_output(Encoder *self, PyObject *const *args, Py_ssize_t count)
{
    if (is_off(self) || count != 2 || !PyUnicode_Check(args[0]) || !PyUnicode_Check(args[1])) Py_RETURN_NONE;
    Thread *thread = thread_of(self);
    Text nothing = {NULL, 0, 0, NULL}, *output = &self->output;
    Py_ssize_t length = PyUnicode_GET_LENGTH(args[1]);
    if (thread == NULL || (output->len && put_char(output, '\n') < 0) || put_char(output, '[') < 0
        || put_quoted(output, args[0], LONGEST) < 0 || put_char(output, ',') < 0
        || put_quoted(output, args[1], LONGEST_OUTPUT) < 0 || put_char(output, ',') < 0
        || put_int(output, length) < 0 || put_char(output, ']') < 0) return done(self, -1);
    self->outputs++;
    self->output_length += length;
    return done(self, add_event(self, thread, 'O', &nothing));
}

static PyObject *record_note(Encoder *self, PyObject *const *args, Py_ssize_t count)
{
    if (is_off(self) || count != 2 || !PyUnicode_Check(args[0]) || !PyUnicode_Check(args[1])) Py_RETURN_NONE;
    Thread *thread = thread_of(self);
    Text *text = thread == NULL ? NULL : take_text(self);
    if (text == NULL || put_str(text, Py_NewRef(args[1])) < 0) return done(self, -1);
    char letter = (char)PyUnicode_READ_CHAR(args[0], 0);
    if (letter == 'L') self->tells_of_loops = 1;
    int result = add_event(self, thread, letter, text);
    give_text(self, text);
    return done(self, result);
}

/* -- blocks ------------------------------------------------------------------------------------------------------- */

static int is_a_name_of_modules(Encoder *self, PyObject *name)
{
    return PySet_Contains(self->module_names, name);
}

static int put_names(Encoder *self, Text *rest, Activation *activation, PyObject *names)
{
    Py_ssize_t at = 0;
    PyObject *name, *value;
    if (PUT(rest, "\nN") < 0 || put_int(rest, activation->number) < 0) return -1;
    while (PyDict_Next(names, &at, &name, &value)) {
        if (!PyUnicode_CheckExact(name)) continue;
        int is_own = is_a_name_of_modules(self, name);
        if (is_own) { if (is_own < 0) return -1; continue; }
        if (put_char(rest, '\t') < 0 || put_quoted(rest, name, PY_SSIZE_T_MAX) < 0 || put_char(rest, '\t') < 0
            || put_known(self, rest, value) < 0) return -1;
    }
    return 0;
}

static int put_known_slot(Encoder *self, Text *rest, const View *view, uintptr_t slot)
{
    if (put_char(rest, '\t') < 0) return -1;
    if (view->is_host && is_tagged_int(slot)) return put_int(rest, tagged_int(slot));
    return put_known(self, rest, in_slot(view, slot));
}

/* How high the stack is while an instruction runs, or the frame is suspended there. */
static int standing(const Facts *facts, int index)
{
    return facts->rest[index] + (facts->flags[index] & KEEPS ? 1 : 0);
}

/* The state in which the next block will find an activation: what lies on its stack while the instruction in progress runs,
 * and its locals. */
static int put_at_rest(Encoder *self, Text *rest, Activation *activation)
{
    PyObject *frame = NULL, *names = NULL;
    View view;
    int height = activation->is_unsure ? 0 : activation->last < 0 ? activation->height
        : standing(activation->facts, activation->last);
    if (activation->is_native) {
        if (activation->host == NULL || (activation->thread != NULL && activation->is_lost)) return 0;
        if (activation->where != NULL && is_gone(activation)) return 0;
        view = host_view(activation->host, (PyCodeObject *)activation->facts->code, height);
        if (!activation->facts->is_fast) names = names_of_frame(activation->host);
    }
    else {
        frame = activation->frame != NULL ? activation->frame : referent(activation->where);
        if (frame == NULL || MEMBER(frame, self->at_is_over) == Py_True) return 0;
        view = machine_view(self, frame);
        if (height > view.height) height = view.height;
        names = MEMBER(frame, self->at_locals);
    }
    if ((rest->len && put_char(rest, '\n') < 0) || put_int(rest, activation->number) < 0 || put_char(rest, '\t') < 0
        || put_int(rest, activation->last) < 0 || put_char(rest, '\t') < 0 || put_int(rest, height) < 0) return -1;
    for (int i = 0; i < height; i++)
        if (put_known_slot(self, rest, &view, view.stack[i]) < 0) return -1;
    for (int i = 0; i < view.locals; i++)
        if (put_known_slot(self, rest, &view, view.fast[i]) < 0) return -1;
    return names != NULL && PyDict_CheckExact(names) ? put_names(self, rest, activation, names) : 0;
}

static int put_home(Text *text, Activation *activation, int *count)
{
    if (((*count)++ && put_char(text, ',') < 0) || put_char(text, '[') < 0 || put_int(text, activation->number) < 0
        || put_char(text, ',') < 0 || put_int(text, activation->block) < 0) return -1;
    return put_char(text, ']');
}

static int put_keyframe(Encoder *self, Text *text)
{
    int count = 0;
    if (PUT(text, "{\"threads\":{") < 0) return -1;
    for (Thread *thread = self->threads; thread != NULL; thread = thread->next) {
        if (!thread->count) continue;
        if ((count++ && put_char(text, ',') < 0) || put_char(text, '"') < 0 || put_int(text, thread->number) < 0
            || PUT(text, "\":[") < 0) return -1;
        int inner = 0;
        for (int i = 0; i < thread->count; i++)
            if (put_home(text, thread->stack[i], &inner) < 0) return -1;
        if (put_char(text, ']') < 0) return -1;
    }
    if (PUT(text, "},\"suspended\":[") < 0) return -1;
    count = 0;
    for (size_t i = 0; self->buckets != NULL && i <= self->bucket_mask; i++)
        for (Activation *each = self->buckets[i], *next; each != NULL; each = next) {
            next = each->next;
            if (each->thread != NULL) continue;
            if (is_gone(each)) {
                remove_activation(self, each);
                continue;
            }
            if (put_home(text, each, &count) < 0) return -1;
        }
    return PUT(text, "]}");
}

static void begin_block(Encoder *self)
{
    for (size_t i = 0; i < self->ran_count; i++) {
        Activation *activation = self->ran[i];
        activation->has_run = 0;
        if (activation->has_ended) free_activation(self, activation);
    }
    self->ran_count = 0;
    self->first_step += self->steps;
    self->block++;
    self->steps = self->lines = self->outputs = self->current = 0;
    self->pictured.count = self->late.count = 0;
    self->tells_of_loops = 0;
    self->earlier = self->activations;
    self->turn = self->turn_before = NULL;
    self->time = now_ns();
    self->stream.len = self->pictures.len = self->births.len = self->output.len = self->ends.len = 0;
}

static PyObject *str_of(Text *text)
{
    return PyUnicode_DecodeUTF8(text->len ? text->data : "", (Py_ssize_t)text->len, "backslashreplace");
}

static PyObject *bytes_of(Text *text)
{
    return PyBytes_FromStringAndSize(text->len ? text->data : "", (Py_ssize_t)text->len);
}

static int compare_numbers(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return a < b ? -1 : a > b;
}

/* A list of the numbers in their order, each once. */
static PyObject *list_once(Numbers *numbers)
{
    PyObject *list = PyList_New(0);
    qsort(numbers->items, numbers->count, sizeof *numbers->items, compare_numbers);
    for (size_t i = 0; list != NULL && i < numbers->count; i++) {
        if (i && numbers->items[i] == numbers->items[i - 1]) continue;
        PyObject *number = PyLong_FromLongLong(numbers->items[i]);
        if (number == NULL || PyList_Append(list, number) < 0) Py_CLEAR(list);
        Py_XDECREF(number);
    }
    return list;
}

static PyObject *list_of_pairs(Numbers *numbers)
{
    PyObject *list = PyList_New((Py_ssize_t)numbers->count / 2);
    for (size_t i = 0; list != NULL && i < numbers->count; i += 2) {
        PyObject *pair = Py_BuildValue("(LL)", (long long)numbers->items[i], (long long)numbers->items[i + 1]);
        if (pair == NULL) Py_CLEAR(list);
        else PyList_SET_ITEM(list, (Py_ssize_t)i / 2, pair);
    }
    return list;
}

static PyThreadState *state_of(Thread *thread)
{
    PyThreadState *state = PyInterpreterState_ThreadHead(PyThreadState_Get()->interp);
    while (state != NULL && state->id != thread->id) state = PyThreadState_Next(state);
    return state;
}

/* Do not believe in a frame of the host's that is not among those that run: its end was not told. */
static void check_frames(Thread *thread, PyThreadState *state)
{
    LFrame *frame = state == NULL ? NULL : top_frame_of(state);
    for (int i = thread->count - 1; i >= 0; i--) {
        Activation *activation = thread->stack[i];
        if (!activation->is_native) continue;
        LFrame *found = frame;
        while (found != NULL && !(found == activation->host && (PyObject *)code_of_frame(found) == activation->facts->code))
            found = previous_of(found);
        activation->is_lost = found == NULL;
        if (found != NULL) frame = previous_of(found);
    }
}

static PyObject *make_block(Encoder *self, int is_over, int is_renewed)
{
    Thread *thread = self->turn_before != NULL ? self->turn_before : self->threads;
    if (is_over && self->ending.count && take_turn(self, thread) < 0) return NULL;
    Text *rest = take_text(self), *keyframe = take_text(self);
    if (rest == NULL || keyframe == NULL) return NULL;
    for (thread = self->threads; is_over && self->is_watched != NULL && thread != NULL; thread = thread->next)
        check_frames(thread, state_of(thread));               /* an engine that has been stopped tells no ends */
    for (size_t i = 0; is_over && i < self->ran_count; i++)
        if (!self->ran[i]->has_ended && put_at_rest(self, rest, self->ran[i]) < 0) return NULL;
    if (is_over ? put_keyframe(self, keyframe) < 0 : PUT(keyframe, "{}") < 0) return NULL;
    Text *ends = take_text(self);
    if (ends == NULL || put_char(ends, '[') < 0 || put(ends, self->ends.data, self->ends.len) < 0
        || put_char(ends, ']') < 0) return NULL;
    begin_to_ask(self);                                       /* or what others add would be gone when the next begins */
    PyObject *block = PyObject_CallFunction(
        self->block_type, "LNNNNNNNLLLLLNNOO", (long long)self->steps, bytes_of(&self->stream), bytes_of(&self->pictures),
        bytes_of(&self->births), bytes_of(&self->output), bytes_of(rest), bytes_of(ends), bytes_of(keyframe),
        (long long)self->activations, (long long)self->objects, (long long)self->outputs,
        (long long)self->output_length, (long long)(now_ns() - self->began), list_once(&self->pictured), list_of_pairs(&self->late),
        self->tells_of_loops ? Py_True : Py_False, is_renewed ? Py_True : Py_False);
    end_asking(self);
    give_text(self, rest);
    give_text(self, keyframe);
    give_text(self, ends);
    if (block != NULL && is_over) begin_block(self);
    return block;
}

static PyObject *take(Encoder *self, PyObject *args)
{
    int is_over = 1;
    if (!PyArg_ParseTuple(args, "|p", &is_over)) return NULL;
    wait_for_asker(self);
    return make_block(self, is_over, 0);
}

/* -- a trace that begins anew --------------------------------------------------------------------------------------- */

/* Forget the objects that nothing has named in the last `kept` generations. */
static int forget_objects(Encoder *self, uint64_t kept)
{
    Table old = self->entries;
    self->entries = (Table){NULL, 0, 0};
    for (size_t i = 0; old.slots != NULL && i <= old.mask; i++) {
        Entry *entry = old.slots[i];
        if (entry == NULL) continue;
        if (entry->named + kept < self->generation) release_entry(entry);
        else if (insert(&self->entries, entry) < 0) return -1;
    }
    PyMem_RawFree(old.slots);
    return 0;
}

static void check_threads(Encoder *self)
{
    for (Thread **place = &self->threads; *place != NULL;) {
        Thread *thread = *place;
        PyThreadState *state = state_of(thread);
        check_frames(thread, state);
        if (state != NULL || thread->count) { place = &thread->next; continue; }
        *place = thread->next;                                /* it has ended */
        if (self->latest == thread) self->latest = NULL;
        if (self->turn == thread) self->turn = NULL;
        if (self->turn_before == thread) self->turn_before = NULL;
        PyMem_RawFree(thread->stack);
        PyMem_RawFree(thread);
    }
}

/* Let this block have everything that is alive: what was before it may be dropped. */
static int bring_all(Encoder *self)
{
    for (size_t i = 0; self->buckets != NULL && i <= self->bucket_mask; i++)
        for (Activation *each = self->buckets[i], *next; each != NULL; each = next) {
            next = each->next;
            if (each->thread == NULL && is_gone(each)) { remove_activation(self, each); continue; }
            if (note_run(self, each) < 0 || put_birth(self, each) < 0) return -1;
        }
    return 0;
}

/* renew(kept): the block, and one of no steps with which a trace may begin: births, states and pictures of all that is
 * alive.  Objects that were not seen for `kept` renewals get new numbers when they are seen again. */
static PyObject *renew(Encoder *self, PyObject *kept)
{
    uint64_t generations = PyLong_AsUnsignedLongLong(kept);
    if (generations == (uint64_t)-1 && PyErr_Occurred()) return NULL;
    PyObject *block = make_block(self, 1, 0);
    if (block == NULL) return NULL;
    self->generation++;
    self->epoch++;
    check_threads(self);
    PyObject *renewed = forget_objects(self, generations) < 0 || bring_all(self) < 0 ? NULL : make_block(self, 1, 1);
    if (renewed == NULL) { Py_DECREF(block); return NULL; }
    return Py_BuildValue("(NN)", block, renewed);
}

static PyObject *stop(Encoder *self, PyObject *Py_UNUSED(ignored))
{
    self->is_off = 1;
    for (size_t i = 0; self->buckets != NULL && i <= self->bucket_mask; i++)
        for (Activation *each = self->buckets[i]; each != NULL; each = each->next) {
            let_go(each);
            Py_CLEAR(each->frame);
            Py_CLEAR(each->where);
            Py_CLEAR(each->error);
        }
    Py_CLEAR(self->facts_of);                                 /* they lead to the recorder, which leads here */
    Py_CLEAR(self->number_of_thread);
    Py_CLEAR(self->is_full);
    Py_CLEAR(self->failed);
    Py_CLEAR(self->is_watched);
    Py_CLEAR(self->on_death);
    Py_RETURN_NONE;
}
