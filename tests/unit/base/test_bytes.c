/* Bytes: what is put in comes back, in its order; an end that comes too early; and the hash against published values. */
#include "nixe/base/bytes.h"

#include "unit/fixture.h"

static void what_is_put_comes_back(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 8, 0, 1023, 1024, 1025, 3, 100000, 7, 0, 1 << 20};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    char *in[SIZES], *out = calloc(1 << 20, 1);
    uint64_t random = 1;
    size_t all = 0;
    nixe_bytes bytes = {0};
    for (int s = 0; s < SIZES; s++) {
        in[s] = calloc(sizes[s] + 1, 1);
        for (size_t i = 0; i < sizes[s]; i++) in[s][i] = (char)fixture_random(&random);
        assert_ok(nixe_bytes_put(&bytes, in[s], sizes[s]));
        all += sizes[s];
        assert_int_equal(bytes.used, all);
        assert_true(bytes.used <= bytes.capacity);
    }
    for (int pass = 0; pass < 2; pass++) {
        for (int s = 0; s < SIZES; s++) {
            assert_ok(nixe_bytes_get(&bytes, out, sizes[s]));
            assert_memory_equal(out, in[s], sizes[s]);
        }
        assert_int_equal(bytes.position, all);
        bytes.position = 0; /* they can be read again */
    }
    for (int s = 0; s < SIZES; s++) free(in[s]);
    free(out);
    nixe_bytes_destroy(&bytes);
    assert_true(!bytes.bytes && bytes.used == 0 && bytes.capacity == 0 && bytes.position == 0);
}

/* Puts and gets may alternate: what has been read stays read when the bytes move. */
static void puts_and_gets_alternate(void **state) {
    (void)state;
    nixe_bytes bytes = {0};
    for (int64_t i = 0; i < 2000; i++) {
        int64_t number = -1, pair[2] = {2 * i, 2 * i + 1};
        assert_ok(nixe_bytes_put(&bytes, pair, sizeof pair));
        assert_ok(nixe_bytes_get(&bytes, &number, sizeof number));
        assert_int_equal(number, i);
    }
    nixe_bytes_destroy(&bytes);
}

/* Nothing is taken, and nothing is written, where fewer bytes are left than are wanted. */
static void an_early_end_is_a_failure(void **state) {
    (void)state;
    static const size_t too_many[] = {4, 5, 1000, SIZE_MAX, SIZE_MAX - 6};
    nixe_bytes bytes = {0};
    char out[8] = "xxxxxxx";
    assert_int_equal(nixe_bytes_get(&bytes, out, 1), NIXE_FAILED);
    nixe_status_clear();
    assert_ok(nixe_bytes_put(&bytes, "1234567", 7));
    assert_ok(nixe_bytes_get(&bytes, out, 4));
    for (int t = 0; t < 5; t++) {
        char untouched[8] = "xxxxxxx";
        assert_int_equal(nixe_bytes_get(&bytes, untouched, too_many[t]), NIXE_FAILED);
        assert_string_equal(nixe_status_message(), "a saved state ends too early");
        assert_string_equal(untouched, "xxxxxxx");
        nixe_status_clear();
    }
    assert_ok(nixe_bytes_get(&bytes, out + 4, 3));
    assert_string_equal(out, "1234567");
    nixe_bytes_destroy(&bytes);
}

/* A list of parts goes in and comes back in its order; one that ends early is a failure. */
static void parts_of_a_whole(void **state) {
    (void)state;
    nixe_bytes bytes = {0};
    double x = 1.5, y = 0;
    char text[] = "swap", other[5] = "";
    int64_t number = -7, another = 0;
    const nixe_part in[] = {{&x, sizeof x}, {text, 5}, {&number, sizeof number}};
    const nixe_part out[] = {{&y, sizeof y}, {other, 5}, {&another, sizeof another}};
    assert_ok(nixe_parts_put(in, 3, &bytes));
    assert_int_equal(bytes.used, 8 + 5 + 8);
    assert_ok(nixe_parts_get(out, 3, &bytes));
    assert_int_equal(bytes.position, bytes.used);
    assert_true(y == 1.5 && another == -7);
    assert_string_equal(other, "swap");
    bytes.position = 0;
    bytes.used--;
    assert_int_equal(nixe_parts_get(out, 3, &bytes), NIXE_FAILED);
    nixe_status_clear();
    nixe_bytes_destroy(&bytes);
}

/* The vectors of FNV-1a, 64 bits (draft-eastlake-fnv). */
static void hashes_that_are_known(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t hash;
    } cases[] = {{"", 0xcbf29ce484222325u}, {"a", 0xaf63dc4c8601ec8cu}, {"foobar", 0x85944171f73967e8u}};
    for (int c = 0; c < 3; c++) assert_true(nixe_hash(nixe_hash_start, cases[c].text, strlen(cases[c].text)) == cases[c].hash);
}

static void hashes_go_on_and_tell_bits_apart(void **state) {
    (void)state;
    char text[] = "nixe: swaps and exchanges \377\200";
    const size_t length = sizeof text; /* with the 0 at its end */
    const uint64_t whole = nixe_hash(nixe_hash_start, text, length);
    for (size_t first = 0; first <= length; first++)
        assert_true(nixe_hash(nixe_hash(nixe_hash_start, text, first), text + first, length - first) == whole);
    for (size_t i = 0; i < length; i++)
        for (int bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ (1 << bit));
            assert_true(nixe_hash(nixe_hash_start, text, length) != whole);
            text[i] = (char)(text[i] ^ (1 << bit));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_comes_back),    cmocka_unit_test(puts_and_gets_alternate),
        cmocka_unit_test(an_early_end_is_a_failure), cmocka_unit_test(parts_of_a_whole),
        cmocka_unit_test(hashes_that_are_known),     cmocka_unit_test(hashes_go_on_and_tell_bits_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
