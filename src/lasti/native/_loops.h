/* What is most frequent of lasti.trace.loops, in C: one handle of an event loop runs, a task is met, goes on, or ends.
 *
 * All else is asked of the LoopWatch in Python, whose records are read where they lie; the lines are those that it writes
 * itself where there is no extension.
 */

#define RECENT 512                                            /* tasks that are found without a search */

typedef struct {
    PyObject_HEAD
    vectorcallfunc call;
    Encoder *encoder;
    PyObject *original, *watch, *tasks, *last, *kinds;        /* kinds: the classes of tasks */
    PyObject *numbers, *record;                               /* of tasks; loops._Task */
    PyTypeObject *handles, *steps;                            /* asyncio's class; that of what wraps a task's step */
    Py_ssize_t at_loop, at_callback;                          /* of a handle */
    Py_ssize_t at_number, at_is_new_turn, at_running, at_handle, at_before;  /* of a loops._Loop */
    PyObject *recent[RECENT];                                 /* loops._Task, by a hash of the address */
} Runs;

typedef struct { PyObject *task, *text, *number; } Described;  /* task: NULL or None for none; each a reference */

static PyObject *ask_watch(Runs *self, const char *name, PyObject *const *args, size_t count)
{
    PyObject *method = PyObject_GetAttrString(self->watch, name);
    if (method == NULL) return NULL;
    wait_for_asker(self->encoder);
    PyObject *result = ask(self->encoder, method, args, count);
    Py_DECREF(method);
    return result;
}

static void set_member(PyObject *object, Py_ssize_t at, PyObject *value)  /* takes the reference */
{
    PyObject *old = MEMBER(object, at);
    MEMBER(object, at) = value;
    Py_XDECREF(old);
}

/* Whether objects of a type are what _asyncio's tasks put into the ready queue for their next step. */
static int is_step(PyTypeObject *type)
{
    const char *dot = strrchr(type->tp_name, '.');
    return !PyType_HasFeature(type, Py_TPFLAGS_BASETYPE)       /* no class statement makes such a type */
        && strcmp(dot == NULL ? type->tp_name : dot + 1, "TaskStepMethWrapper") == 0;
}

/* An attribute of an object of asyncio's own, or the result of its method without arguments: where it is one of C it is
 * called where it lies. */
static PyObject *get_own(PyObject *object, PyObject *name)
{
    PyObject *found = _PyType_Lookup(Py_TYPE(object), name);
    if (found == NULL || Py_TYPE(found) != &PyGetSetDescr_Type) return PyObject_GetAttr(object, name);
    PyGetSetDef *definition = ((PyGetSetDescrObject *)found)->d_getset;
    return definition->get(object, definition->closure);
}

static PyObject *call_own(PyObject *object, PyObject *name)
{
    PyObject *found = _PyType_Lookup(Py_TYPE(object), name);
    PyMethodDef *definition = found == NULL || Py_TYPE(found) != &PyMethodDescr_Type ? NULL
        : ((PyMethodDescrObject *)found)->d_method;
    if (definition == NULL || definition->ml_flags != METH_NOARGS) return PyObject_CallMethodNoArgs(object, name);
    return definition->ml_meth(object, NULL);
}

/* Whether a task is one of _asyncio's: no Python code runs when it is asked. */
static int is_task_in_c(PyObject *task)
{
    PyObject *found = _PyType_Lookup(Py_TYPE(task), name_get_coro);
    return found != NULL && Py_TYPE(found) == &PyMethodDescr_Type;
}

/* What a callback is a method of: a new reference, or NULL without an error.  Nothing is asked of the program's objects. */
static PyObject *owner_of(Runs *self, PyObject *callback)
{
    PyTypeObject *type = Py_TYPE(callback);
    if (type == &PyCFunction_Type) return Py_XNewRef(PyCFunction_GET_SELF(callback));
    if (type == &PyMethod_Type) return Py_NewRef(PyMethod_GET_SELF(callback));
    if (type != self->steps) {
        if (!is_step(type)) return NULL;
        Py_INCREF(type);
        Py_XSETREF(self->steps, type);
    }
    PyObject *owner = get_own(callback, name_self);
    if (owner == NULL) PyErr_Clear();
    return owner;
}

static PyObject *callback_of(Runs *self, PyObject *handle)
{
    return PyObject_TypeCheck(handle, self->handles) ? MEMBER(handle, self->at_callback) : NULL;
}

/* What is known of a task, a loops._Task; borrowed, NULL when nothing is. */
static PyObject *known_task(Runs *self, PyObject *task)
{
    PyObject **recent = &self->recent[((uintptr_t)task >> 4) % RECENT];
    if (*recent != NULL && referent(PyTuple_GET_ITEM(*recent, 1)) == task) return *recent;
    PyObject *key = PyLong_FromVoidPtr(task);
    PyObject *known = key == NULL ? NULL : PyDict_GetItemWithError(self->tasks, key);
    Py_XDECREF(key);
    if (known == NULL || referent(PyTuple_GET_ITEM(known, 1)) != task) return NULL;
    Py_XSETREF(*recent, Py_NewRef(known));
    return known;
}

static void forget(Described *described)
{
    Py_CLEAR(described->task);
    Py_CLEAR(described->text);
    Py_CLEAR(described->number);
}

static int is_kind_of_task(Runs *self, PyObject *owner)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(self->kinds); i++)
        if ((PyObject *)Py_TYPE(owner) == PyTuple_GET_ITEM(self->kinds, i)) return 1;
    return 0;
}

/* The text of a callback that is a function, or a method of what is no task: its qualified name; 0 for any other. */
static int describe_function(Runs *self, PyObject *callback, PyObject *owner, Described *described)
{
    PyObject *function = Py_TYPE(callback) == &PyMethod_Type ? PyMethod_GET_FUNCTION(callback) : callback;
    if (Py_TYPE(function) != &PyFunction_Type || (owner != NULL && is_kind_of_task(self, owner))) return 0;
    PyObject *name = ((PyFunctionObject *)function)->func_qualname;
    Text *text = PyUnicode_CheckExact(name) ? take_text(self->encoder) : NULL;
    if (text == NULL) { PyErr_Clear(); return 0; }
    if (put_quoted(text, name, PY_SSIZE_T_MAX) == 0 && PUT(text, ",0") == 0)
        *described = (Described){Py_NewRef(Py_None), str_of(text), PyLong_FromLong(0)};
    give_text(self->encoder, text);
    if (described->text != NULL && described->number != NULL) return 1;
    forget(described);
    PyErr_Clear();
    return 0;
}

static int ask_for_description(Runs *self, PyObject *handle, Described *described)
{
    PyObject *answer = ask_watch(self, "_describe", &handle, 1);  /* (text, task or None, number) */
    if (answer == NULL) return -1;
    int result = PyArg_ParseTuple(answer, "OOO", &described->text, &described->task, &described->number)
        ? described->task != Py_None : -1;
    if (result >= 0) {
        Py_INCREF(described->text);
        Py_INCREF(described->task);
        Py_INCREF(described->number);
    }
    Py_DECREF(answer);
    return result;
}

/* Note a line about event loops. */
static int add_note(Runs *self, Text *text)
{
    Encoder *encoder = self->encoder;
    Thread *thread = thread_of(encoder);
    encoder->tells_of_loops = 1;
    int result = thread == NULL ? -1 : add_event(encoder, thread, 'L', text);
    Py_DECREF(done(encoder, result));
    return result;
}

/* A loops._Task of a task that is seen for the first time. */
static PyObject *new_record(Runs *self, PyObject *task, PyObject *coroutine, PyObject *name, Text *about)
{
    Encoder *encoder = self->encoder;
    PyObject *qualname = ((PyGenObject *)coroutine)->gi_qualname, *number = PyIter_Next(self->numbers);
    Text *text = number == NULL ? NULL : take_text(encoder);
    int64_t activation = number_of_generator(encoder, coroutine);
    if (text == NULL) return NULL;
    int result = put_quoted(about, name, PY_SSIZE_T_MAX) < 0 || put_char(about, ',') < 0 || put_int(about, activation) < 0
        || put_char(about, ',') < 0 || put_quoted(about, qualname, PY_SSIZE_T_MAX) < 0
        || put_quoted(text, qualname, PY_SSIZE_T_MAX) < 0 || put_char(text, ',') < 0
        || put_int(text, PyLong_AsLongLong(number)) < 0 ? -1 : 0;
    PyObject *parts[] = {number, result < 0 ? NULL : PyWeakref_NewRef(task, NULL), str_of(text), str_of(about)};
    PyObject *record = parts[1] == NULL || parts[2] == NULL || parts[3] == NULL ? NULL
        : PyObject_CallFunctionObjArgs(self->record, parts[0], parts[1], parts[2], parts[3],
                                       activation ? name : Py_None, NULL);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(parts); i++) Py_XDECREF(parts[i]);
    give_text(encoder, text);
    return record;
}

/* Note that it is there, and who has made it. */
static int note_task(Runs *self, PyObject *task, PyObject *record, Text *about)
{
    Text *line = take_text(self->encoder);
    PyObject *key = line == NULL ? NULL : PyLong_FromVoidPtr(task);
    PyObject *running = key == NULL || PyDict_SetItem(self->tasks, key, record) < 0 ? NULL
        : ask_watch(self, "_running", NULL, 0);
    int result = running == NULL || PUT(line, "[\"task\",") < 0
        || put_int(line, PyLong_AsLongLong(PyTuple_GET_ITEM(record, 0))) < 0 || put_char(line, ',') < 0
        || put(line, about->data, about->len) < 0 || put_char(line, ',') < 0
        || put_int(line, PyLong_AsLongLong(running)) < 0 || put_char(line, ']') < 0 ? -1 : add_note(self, line);
    Py_XDECREF(key);
    Py_XDECREF(running);
    give_text(self->encoder, line);
    return result;
}

/* LoopWatch._meet, for a task of _asyncio's with a coroutine of the host's: what is known of it from now on, borrowed; NULL,
 * without an error, for any other. */
static PyObject *meet(Runs *self, PyObject *task)
{
    if (!is_task_in_c(task)) return NULL;
    PyObject *coroutine = call_own(task, name_get_coro), *record = NULL;
    PyObject *name = coroutine == NULL ? NULL : call_own(task, name_get_name);
    Text *about = name == NULL ? NULL : take_text(self->encoder);
    if (about != NULL && PyUnicode_CheckExact(name) && is_generator(coroutine)
        && PyUnicode_CheckExact(((PyGenObject *)coroutine)->gi_qualname)) {
        record = new_record(self, task, coroutine, name, about);
        if (record != NULL && note_task(self, task, record, about) < 0) Py_CLEAR(record);
        Py_XDECREF(record);                                   /* the table of tasks has it */
    }
    give_text(self->encoder, about);
    Py_XDECREF(coroutine);
    Py_XDECREF(name);
    return record;
}

/* How a handle is written.  Returns 1 for a step of a task, 0 for another callback, or -1. */
static int describe(Runs *self, PyObject *handle, Described *described)
{
    PyObject *callback = callback_of(self, handle), *owner = callback == NULL ? NULL : owner_of(self, callback);
    PyObject *known = owner == NULL ? NULL : known_task(self, owner);
    *described = (Described){NULL, NULL, NULL};
    if (known == NULL && owner != NULL && is_kind_of_task(self, owner)) known = meet(self, owner);
    if (known != NULL) {
        *described = (Described){owner, Py_NewRef(PyTuple_GET_ITEM(known, 2)), Py_NewRef(PyTuple_GET_ITEM(known, 0))};
        return 1;
    }
    int is_function = callback != NULL && describe_function(self, callback, owner, described);
    Py_XDECREF(owner);
    return is_function ? 0 : PyErr_Occurred() ? -1 : ask_for_description(self, handle, described);
}

static int put_ascii(Text *text, PyObject *str)
{
    return put_str(text, Py_NewRef(str));
}

/* Note `["run",loop,task]`, or `["ran",loop,number,status,[new],[]]` when there is a `status`. */
static int note_loop(Runs *self, PyObject *loop, Described *described, Text *status, Text *new)
{
    Text *text = take_text(self->encoder);
    if (text == NULL) return -1;
    int64_t number = PyLong_AsLongLong(MEMBER(loop, self->at_number));
    int result = (status == NULL ? PUT(text, "[\"run\",") : PUT(text, "[\"ran\",")) < 0 || put_int(text, number) < 0
        || put_char(text, ',') < 0 ? -1 : 0;
    if (result == 0 && status == NULL) result = put_ascii(text, described->text);
    else if (result == 0)
        result = put_int(text, PyLong_AsLongLong(described->number)) < 0 || put_char(text, ',') < 0
            || put(text, status->data, status->len) < 0 || PUT(text, ",[") < 0 || put(text, new->data, new->len) < 0
            || PUT(text, "],[]") < 0 ? -1 : 0;
    if (result == 0) result = put_char(text, ']') < 0 ? -1 : add_note(self, text);
    give_text(self->encoder, text);
    return result;
}

/* Write how a handle is written, in brackets. */
static int put_handle(Runs *self, Text *text, PyObject *handle)
{
    Described described;
    int result = describe(self, handle, &described) < 0 || (text->len && put_char(text, ',') < 0)
        || put_char(text, '[') < 0 || put_ascii(text, described.text) < 0 ? -1 : put_char(text, ']');
    forget(&described);
    return result;
}

/* Write how a task has ended, and note that it has. */
static int put_end(Runs *self, Text *text, Described *described)
{
    Text *line = take_text(self->encoder);
    PyObject *is_cancelled = line == NULL ? NULL : call_own(described->task, name_cancelled);
    PyObject *error = is_cancelled == NULL ? NULL : get_own(described->task, name_exception);
    const char *how = is_cancelled == Py_True ? "cancelled" : error != Py_None ? "failed" : "done";
    size_t length = strlen(how);
    int result = error == NULL || PUT(line, "[\"done\",") < 0 || put_int(line, PyLong_AsLongLong(described->number)) < 0
        || PUT(line, ",\"") < 0 || put(line, how, length) < 0 || PUT(line, "\"]") < 0 ? -1 : add_note(self, line);
    Py_XDECREF(is_cancelled);
    Py_XDECREF(error);
    give_text(self->encoder, line);
    return result < 0 || put_char(text, '"') < 0 || put(text, how, length) < 0 || PUT(text, "\",\"\",0") < 0 ? -1 : 0;
}

/* Write how a task stands after its step: asked of the watch when it waits. */
static int put_status(Runs *self, Text *text, Described *described)
{
    if (described->task == Py_None) return PUT(text, "\"\",\"\",0");
    PyObject *waiter = get_own(described->task, name_waiter);
    PyObject *is_over = waiter == Py_None ? call_own(described->task, name_done) : NULL;
    Py_XDECREF(waiter);
    Py_XDECREF(is_over);
    if (PyErr_Occurred()) return -1;
    if (is_over == Py_False) return PUT(text, "\"ready\",\"\",0");
    if (is_over == Py_True && is_task_in_c(described->task)) return put_end(self, text, described);
    PyObject *args[] = {described->task, described->number};
    return put_str(text, ask_watch(self, "_status", args, 2));
}

static int put_new_handles(Runs *self, Text *text, PyObject *ready, Py_ssize_t before)
{
    int result = 0;
    for (Py_ssize_t i = before; result == 0 && i < PySequence_Size(ready); i++) {
        PyObject *handle = PySequence_GetItem(ready, i);
        result = handle == NULL ? -1 : put_handle(self, text, handle);
        Py_XDECREF(handle);
    }
    return result;
}

/* Note what a handle has left behind; the watch does, when there are new timers. */
static int has_run(Runs *self, PyObject *handle_loop, PyObject *loop, Described *described, PyObject *ready,
                   Py_ssize_t before, PyObject *scheduled, Py_ssize_t timers)
{
    if (PySequence_Size(scheduled) == timers) {
        Text *new = take_text(self->encoder), *status = take_text(self->encoder);
        int result = new == NULL || status == NULL || put_new_handles(self, new, ready, before) < 0
            || put_status(self, status, described) < 0 ? -1 : note_loop(self, loop, described, status, new);
        give_text(self->encoder, new);
        give_text(self->encoder, status);
        return result;
    }
    PyObject *numbers[2] = {PyLong_FromSsize_t(before), PyLong_FromSsize_t(timers)};
    PyObject *args[] = {handle_loop, loop, described->task, described->number, numbers[0], numbers[1]};
    PyObject *told = numbers[0] == NULL || numbers[1] == NULL ? NULL : ask_watch(self, "_has_run", args, 6);
    Py_XDECREF(numbers[0]);
    Py_XDECREF(numbers[1]);
    Py_XDECREF(told);
    return told == NULL ? -1 : 0;
}

static int learn_loop(Runs *self, PyObject *loop)
{
    if (self->at_number) return 0;
    static const char *const names[] = {"is_new_turn", "running", "handle", "before", "number"};
    Py_ssize_t *const places[] = {&self->at_is_new_turn, &self->at_running, &self->at_handle, &self->at_before,
                                  &self->at_number};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(names); i++)
        if ((*places[i] = offset_of(Py_TYPE(loop), names[i])) < 0) { self->at_number = 0; return -1; }
    return 0;
}

/* What is known of a loop, a loops._Loop, or None; a new reference. */
static PyObject *known_loop(Runs *self, PyObject *handle_loop)
{
    PyObject *reference = PyList_GET_ITEM(self->last, 0);
    if (PyWeakref_CheckRef(reference) && referent(reference) == handle_loop)
        return Py_NewRef(PyList_GET_ITEM(self->last, 1));
    PyObject *known = ask_watch(self, "_remember", &handle_loop, 1);
    if (known != NULL && known != Py_None && learn_loop(self, known) < 0) Py_CLEAR(known);
    return known;
}

/* Note that a handle is about to run. */
static int note_run_of(Runs *self, PyObject *handle, PyObject *handle_loop, PyObject *loop, Described *described)
{
    if (MEMBER(loop, self->at_is_new_turn) == Py_True) {
        PyObject *args[] = {handle_loop, loop, handle};
        PyObject *told = ask_watch(self, "_turn", args, 3);
        if (told == NULL) return -1;
        Py_DECREF(told);
    }
    return describe(self, handle, described) < 0 ? -1 : note_loop(self, loop, described, NULL, NULL);
}

/* The original, and what is noted around it; a failure of ours ends the recording, not the program. */
static PyObject *run_noted(Runs *self, PyObject *handle, PyObject *handle_loop, PyObject *loop)
{
    Described described = {NULL, NULL, NULL};
    PyObject *ready = note_run_of(self, handle, handle_loop, loop, &described) < 0
        ? NULL : PyObject_GetAttr(handle_loop, name_ready);
    PyObject *scheduled = ready == NULL ? NULL : PyObject_GetAttr(handle_loop, name_scheduled);
    Py_ssize_t before = scheduled == NULL ? -1 : PySequence_Size(ready);
    Py_ssize_t timers = before < 0 ? -1 : PySequence_Size(scheduled);
    PyObject *number = timers < 0 ? NULL : PyLong_FromSsize_t(before), *outer = NULL;
    if (number == NULL) Py_DECREF(done(self->encoder, -1));
    else {
        outer = Py_XNewRef(MEMBER(loop, self->at_running));
        set_member(loop, self->at_running, Py_NewRef(described.number));
        set_member(loop, self->at_handle, Py_NewRef(described.text));
        set_member(loop, self->at_before, number);
    }
    PyObject *result = PyObject_Vectorcall(self->original, &handle, 1, NULL);
    if (number != NULL) {
        PyObject *kind, *error, *traceback, *nothing = PyUnicode_FromStringAndSize("", 0);
        PyErr_Fetch(&kind, &error, &traceback);
        if (!self->encoder->is_off
            && has_run(self, handle_loop, loop, &described, ready, before, scheduled, timers) < 0)
            Py_DECREF(done(self->encoder, -1));
        set_member(loop, self->at_running, outer);
        if (nothing != NULL) set_member(loop, self->at_handle, nothing);
        PyErr_Restore(kind, error, traceback);
    }
    forget(&described);
    Py_XDECREF(ready);
    Py_XDECREF(scheduled);
    return result;
}

static PyObject *run_handle(PyObject *object, PyObject *const *args, size_t count, PyObject *keywords)
{
    Runs *self = (Runs *)object;
    PyObject *handle = PyVectorcall_NARGS(count) == 1 && keywords == NULL ? args[0] : NULL;
    PyObject *handle_loop = handle != NULL && !self->encoder->is_off && callback_of(self, handle) != NULL
        ? MEMBER(handle, self->at_loop) : NULL;
    if (handle_loop == NULL) return PyObject_Vectorcall(self->original, args, count, keywords);
    Py_INCREF(self);                                          /* the recording may end meanwhile */
    Py_INCREF(handle_loop);
    PyObject *loop = known_loop(self, handle_loop), *result;
    if (loop == NULL) Py_DECREF(done(self->encoder, -1));
    if (loop == NULL || loop == Py_None) result = PyObject_Vectorcall(self->original, args, count, keywords);
    else result = run_noted(self, handle, handle_loop, loop);
    Py_XDECREF(loop);
    Py_DECREF(handle_loop);
    Py_DECREF(self);
    return result;
}

/* texts(handles): how the handles of a list are written, each in brackets, with commas between them. */
static PyObject *texts_of_handles(Runs *self, PyObject *handles)
{
    Text *text = PyList_Check(handles) ? take_text(self->encoder) : NULL;
    if (text == NULL) return PyErr_Format(PyExc_TypeError, "a list of handles is wanted");
    int result = 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(handles); i++)
        result = put_handle(self, text, PyList_GET_ITEM(handles, i));
    PyObject *texts = result < 0 ? NULL : str_of(text);
    give_text(self->encoder, text);
    return texts;
}

/* Write how a task that is not done stands: asked of the watch if it has another name now, or waits. */
static int put_standing(Runs *self, Text *text, PyObject *task, PyObject *known)
{
    PyObject *name = call_own(task, name_get_name);
    PyObject *waiter = name == NULL ? NULL : get_own(task, name_waiter);
    int is_simple = waiter == Py_None && name == PyTuple_GET_ITEM(known, 4);
    Py_XDECREF(name);
    Py_XDECREF(waiter);
    if (waiter == NULL || (text->len && put_char(text, ',') < 0)) return -1;
    PyObject *args[] = {task, known};
    if (!is_simple) return put_str(text, ask_watch(self, "_standing", args, 2));
    return put_char(text, '[') < 0 || put_int(text, PyLong_AsLongLong(PyTuple_GET_ITEM(known, 0))) < 0
        || put_char(text, ',') < 0 || put_ascii(text, PyTuple_GET_ITEM(known, 3)) < 0
        || PUT(text, ",\"ready\",\"\",0]") < 0 ? -1 : 0;
}

/* Forget a task that is gone or done; 1 for one that is neither, whose standing is written unless there are enough. */
static int tell_of_task(Runs *self, Text *text, PyObject *address, PyObject *known, int is_enough)
{
    PyObject *task = Py_XNewRef(referent(PyTuple_GET_ITEM(known, 1)));
    PyObject *is_over = task == NULL ? Py_NewRef(Py_True) : call_own(task, name_done);
    int result = is_over == NULL ? -1 : is_over == Py_False;
    Py_XDECREF(is_over);
    if (result == 1 && !is_enough && put_standing(self, text, task, known) < 0) result = -1;
    if (result == 0 && PyDict_DelItem(self->tasks, address) < 0) PyErr_Clear();
    Py_XDECREF(task);
    return result;
}

/* standings(most): how the tasks stand that are not done. */
static PyObject *standings(Runs *self, PyObject *most)
{
    PyObject *items = PyDict_Items(self->tasks), *texts = NULL;
    Text *text = items == NULL ? NULL : take_text(self->encoder);
    long count = 0, enough = PyLong_AsLong(most);
    int result = text == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result >= 0 && i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);
        result = tell_of_task(self, text, PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1), count >= enough);
        if (result > 0) count++;
    }
    if (result >= 0) texts = str_of(text);
    give_text(self->encoder, text);
    Py_XDECREF(items);
    return texts;
}

static PyObject *bind(PyObject *self, PyObject *handle, PyObject *Py_UNUSED(type))
{
    return handle == NULL || handle == Py_None ? Py_NewRef(self) : PyMethod_New(self, handle);
}

static void dealloc_runs(Runs *self)
{
    PyObject *kept[] = {(PyObject *)self->encoder, self->original, self->watch, self->tasks, self->last,
                        self->kinds, self->numbers, self->record, (PyObject *)self->handles, (PyObject *)self->steps};
    PyTypeObject *type = Py_TYPE(self);
    PyObject *recent[RECENT];
    memcpy(recent, self->recent, sizeof recent);
    type->tp_free((PyObject *)self);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) Py_XDECREF(kept[i]);
    for (size_t i = 0; i < RECENT; i++) Py_XDECREF(recent[i]);
    Py_DECREF(type);
}

static PyMethodDef runs_methods[] = {
    {"standings", (PyCFunction)standings, METH_O, "Return how the tasks stand that are not done."},
    {"texts", (PyCFunction)texts_of_handles, METH_O, "Return how the handles of a list are written."},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef runs_members[] = {
    {"kinds", T_OBJECT_EX, offsetof(Runs, kinds), 0, "the classes of tasks, a tuple"},
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(Runs, call), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot runs_slots[] = {
    {Py_tp_dealloc, dealloc_runs}, {Py_tp_call, PyVectorcall_Call}, {Py_tp_descr_get, bind},
    {Py_tp_methods, runs_methods}, {Py_tp_members, runs_members}, {Py_tp_doc, "asyncio's Handle._run, noted."}, {0, NULL},
};

static PyType_Spec runs_spec = {
    "lasti.native._record.Runs", sizeof(Runs), 0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR, runs_slots,
};

static PyTypeObject *runs_type;

/* runs(original, handles, watch, tasks, last, kinds, numbers, record): what takes the place of `original`, the class
 * `handles`' method; the others are what a LoopWatch has, and the class of what it remembers of a task. */
static PyObject *make_runs(Encoder *encoder, PyObject *args)
{
    PyObject *original, *handles, *watch, *tasks, *last, *kinds, *numbers, *record;
    if (!PyArg_ParseTuple(args, "OO!OO!O!O!OO", &original, &PyType_Type, &handles, &watch, &PyDict_Type, &tasks,
                          &PyList_Type, &last, &PyTuple_Type, &kinds, &numbers, &record)) return NULL;
    if (runs_type == NULL && (runs_type = (PyTypeObject *)PyType_FromSpec(&runs_spec)) == NULL) return NULL;
    Py_ssize_t at_loop = offset_of((PyTypeObject *)handles, "_loop");
    Py_ssize_t at_callback = at_loop < 0 ? -1 : offset_of((PyTypeObject *)handles, "_callback");
    Runs *self = at_callback < 0 ? NULL : PyObject_New(Runs, runs_type);
    if (self == NULL) return NULL;
    self->call = run_handle;
    self->encoder = (Encoder *)Py_NewRef(encoder);
    self->original = Py_NewRef(original);
    self->watch = Py_NewRef(watch);
    self->tasks = Py_NewRef(tasks);
    self->last = Py_NewRef(last);
    self->kinds = Py_NewRef(kinds);
    self->numbers = Py_NewRef(numbers);
    self->record = Py_NewRef(record);
    self->handles = (PyTypeObject *)Py_NewRef(handles);
    self->steps = NULL;
    self->at_loop = at_loop;
    self->at_callback = at_callback;
    self->at_number = 0;
    memset(self->recent, 0, sizeof self->recent);
    return (PyObject *)self;
}
