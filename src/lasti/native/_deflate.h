/* What compresses the columns of a trace: zlib's format, in a third of zlib's time.
 *
 * One block with the fixed codes, and of each four characters only the place where they stood last is looked at.  zlib at
 * its fastest makes a fifth less of it.  Source: RFC 1950 (the frame and its checksum), RFC 1951, 3.2.5 and 3.2.6 (codes).
 */
#define SHORTEST_MATCH 4
#define LONGEST_MATCH 258
#define FARTHEST 32768
#define HASH_BITS 13
#define MOST_CHUNK 5552                                       /* bytes after which the checksum's sums could overflow */

typedef struct { unsigned char *at; uint64_t bits; int count; } Bits;
typedef struct { uint32_t bits; int count; } Code;

static Code length_codes[LONGEST_MATCH + 1], literal_codes[256], distance_codes[30];

static uint32_t reversed(uint32_t bits, int count)            /* a code's first bit comes first, an extra number's last */
{
    uint32_t result = 0;
    for (; count; count--, bits >>= 1) result = result << 1 | (bits & 1);
    return result;
}

static Code symbol_code(int symbol)
{
    if (symbol < 144) return (Code){reversed((uint32_t)(0x30 + symbol), 8), 8};
    if (symbol < 256) return (Code){reversed((uint32_t)(0x190 + symbol - 144), 9), 9};
    if (symbol < 280) return (Code){reversed((uint32_t)(symbol - 256), 7), 7};
    return (Code){reversed((uint32_t)(0xC0 + symbol - 280), 8), 8};
}

static void make_codes(void)
{
    for (int i = 0; i < 256; i++) literal_codes[i] = symbol_code(i);
    for (int i = 0; i < 30; i++) distance_codes[i] = (Code){reversed((uint32_t)i, 5), 5};
    for (int length = 3, symbol = 257; symbol < 285; symbol++) {
        int extra = symbol < 265 ? 0 : (symbol - 261) / 4;
        for (int more = 0; more < 1 << extra && length < LONGEST_MATCH; more++, length++) {
            Code code = symbol_code(symbol);
            length_codes[length] = (Code){code.bits | (uint32_t)more << code.count, code.count + extra};
        }
    }
    length_codes[LONGEST_MATCH] = symbol_code(285);
}

static inline void add_bits(Bits *out, uint64_t bits, int count)
{
    out->bits |= bits << out->count;
    out->count += count;
}

static inline void put_bits(Bits *out)                        /* those that are whole bytes, but 7 at most */
{
    for (; out->count >= 8; out->count -= 8, out->bits >>= 8) *out->at++ = (unsigned char)out->bits;
}

static inline void put_32_bits(Bits *out)
{
    if (out->count < 32) return;
    for (int i = 0; i < 4; i++) out->at[i] = (unsigned char)(out->bits >> 8 * i);
    out->at += 4;
    out->bits >>= 32;
    out->count -= 32;
}

static inline void put_match(Bits *out, int length, uint32_t distance)
{
    Code code = length_codes[length];
    add_bits(out, code.bits, code.count);
    uint32_t far = distance - 1;
    int symbol = (int)far, extra = 0;
    if (far >= 4) {
        extra = 30 - __builtin_clz(far);
        symbol = 2 * extra + 2 + (int)(far >> extra & 1);
    }
    code = distance_codes[symbol];
    add_bits(out, code.bits | (uint64_t)(far & ((1u << extra) - 1)) << code.count, code.count + extra);
}

static inline uint32_t word_at(const unsigned char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* How far two places look the same, the first of which is before `end`. */
static inline int length_of_match(const unsigned char *at, const unsigned char *before, const unsigned char *end)
{
    if (end - at > LONGEST_MATCH) end = at + LONGEST_MATCH;
    const unsigned char *begin = at;
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; end - at >= 8; at += 8, before += 8) {
        uint64_t one, other;
        memcpy(&one, at, sizeof one);
        memcpy(&other, before, sizeof other);
        if (one != other) return (int)(at - begin) + __builtin_ctzll(one ^ other) / 8;
    }
#endif
    for (; at < end && *at == *before; at++) before++;
    return (int)(at - begin);
}

static uint32_t checksum(const unsigned char *data, size_t size)
{
    uint32_t sum = 1, sums = 0;
    while (size) {
        size_t chunk = size < MOST_CHUNK ? size : MOST_CHUNK;
        size_t i = 0;
        for (; i + 8 <= chunk; i += 8) {                      /* eight at once: what each adds to both sums */
            uint32_t more = 0, weighed = 0;
            for (uint32_t k = 0; k < 8; k++) { more += data[i + k]; weighed += (8 - k) * data[i + k]; }
            sums += 8 * sum + weighed;
            sum += more;
        }
        for (; i < chunk; i++) { sum += data[i]; sums += sum; }
        sum %= 65521;
        sums %= 65521;
        data += chunk;
        size -= chunk;
    }
    return sums << 16 | sum;
}

/* Compress, and return where it ends; there is room for DEFLATED(size) bytes.  `places` has 1 << HASH_BITS items, each where
 * four characters stood last, counted from 1 over all that was compressed with it: `base` characters before these. */
#define DEFLATED(size) ((size) + (size) / 8 + 32)
static unsigned char *deflated(const unsigned char *data, size_t size, unsigned char *to, uint32_t *places, uint32_t base)
{
    const unsigned char *at = data, *end = data + size;
    Bits out = {to + 2, 0, 0};
    to[0] = 0x78;                                             /* a window of 32 KiB */
    to[1] = 0x01;                                             /* fast */
    add_bits(&out, 3, 3);                                     /* the last block, with fixed codes */
    while (end - at > SHORTEST_MATCH) {
        uint32_t *place = &places[word_at(at) * 0x9E3779B1u >> (32 - HASH_BITS)], now = base + (uint32_t)(at - data) + 1;
        uint32_t distance = now - *place;
        const unsigned char *before = at - distance;
        int is_match = *place > base && distance <= FARTHEST && word_at(at) == word_at(before);
        *place = now;
        if (is_match) {
            int length = length_of_match(at, before, end);
            put_match(&out, length, distance);
            at += length;
        }
        else {
            Code code = literal_codes[*at++];
            add_bits(&out, code.bits, code.count);
        }
        put_32_bits(&out);
    }
    for (; at < end; at++) {
        add_bits(&out, literal_codes[*at].bits, literal_codes[*at].count);
        put_32_bits(&out);
    }
    add_bits(&out, 0, 7);                                     /* the end of the block */
    out.count += -out.count & 7;
    put_bits(&out);
    uint32_t sum = checksum(data, size);
    for (int shift = 24; shift >= 0; shift -= 8) *out.at++ = (unsigned char)(sum >> shift);
    return out.at;
}

typedef struct { unsigned char *data; size_t size; unsigned char *to, *end; } Column;

static void deflate_all(Column *columns, Py_ssize_t count, uint32_t *places)
{
    uint32_t base = 0;
    for (Py_ssize_t i = 0; i < count; i++) {
        columns[i].end = deflated(columns[i].data, columns[i].size, columns[i].to, places, base);
        base += (uint32_t)columns[i].size;
    }
}

/* Fill the columns from a list of bytes, whose items live as long as it does: the size of all, or -1. */
static Py_ssize_t read_columns(Column *columns, PyObject *list)
{
    Py_ssize_t total = 0;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        char *data;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyList_GET_ITEM(list, i), &data, &size) < 0) return -1;
        columns[i] = (Column){(unsigned char *)data, (size_t)size, NULL, NULL};
        total += size;
    }
    if (total < UINT32_MAX) return total;
    PyErr_SetString(PyExc_OverflowError, "too long to compress");
    return -1;
}

static PyObject *list_of_columns(const Column *columns, Py_ssize_t count)
{
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *bytes = PyBytes_FromStringAndSize((char *)columns[i].to, columns[i].end - columns[i].to);
        if (bytes == NULL) Py_CLEAR(list);
        else PyList_SET_ITEM(list, i, bytes);
    }
    return list;
}

#define MUCH 10000                                            /* bytes: less is done before another thread has the GIL */

/* deflate([bytes, ...]): bytes that zlib.decompress understands, for each.  Other threads run meanwhile; nobody else may
 * have the list. */
static PyObject *deflate(PyObject *Py_UNUSED(module), PyObject *list)
{
    if (!PyList_Check(list)) return PyErr_Format(PyExc_TypeError, "a list of bytes is wanted");
    Py_ssize_t count = PyList_GET_SIZE(list);
    Column *columns = PyMem_RawCalloc((size_t)count + 1, sizeof *columns);
    uint32_t *places = PyMem_RawCalloc((size_t)1 << HASH_BITS, sizeof *places);
    Py_ssize_t total = columns == NULL || places == NULL ? 0 : read_columns(columns, list);
    unsigned char *room = total < 0 ? NULL : PyMem_RawMalloc(DEFLATED((size_t)total) + 32 * (size_t)count);
    PyObject *result = NULL;
    if (columns == NULL || places == NULL || (total >= 0 && room == NULL)) PyErr_NoMemory();
    else if (total >= 0) {
        unsigned char *to = room;
        for (Py_ssize_t i = 0; i < count; to += DEFLATED(columns[i].size), i++) columns[i].to = to;
        PyThreadState *state = total < MUCH ? NULL : PyEval_SaveThread();
        deflate_all(columns, count, places);
        if (state != NULL) PyEval_RestoreThread(state);
        result = list_of_columns(columns, count);
    }
    PyMem_RawFree(columns);
    PyMem_RawFree(places);
    PyMem_RawFree(room);
    return result;
}
