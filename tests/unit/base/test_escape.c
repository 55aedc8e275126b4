/* Escape: text of others in a sentence of one line. */
#include "nixe/base/escape.h"

#include "nixe/base/error.h"
#include "unit/fixture.h"

static void expect(const char *from, const char *to) {
    char text[128], again[128];
    nixe_escape(from, text, sizeof text);
    assert_string_equal(text, to);
    nixe_escape(text, again, sizeof again);
    assert_string_equal(again, to);
    assert_int_equal(nixe_is_plain(from), !strcmp(from, to));
    assert_true(nixe_is_plain(to));
}

static void plain_text_stays(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "a b",
                                        "it's \"B:\\ #1\", {a}.h5",
                                        "\\n",
                                        "~",
                                        "\xc3\xa9t\xc3\xa9",
                                        "\xe2\x82\xac",
                                        "\xef\xbf\xbd",
                                        "\xf0\x9f\x94\xac",
                                        "\xc2\xa0"};
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) expect(texts[t], texts[t]);
}

static void the_rest_is_escaped(void **state) {
    (void)state;
    static const char *const pairs[][2] = {{"a\nb", "a\\nb"},
                                           {"\t\r\x1b[31m\x7f", "\\t\\x0d\\x1b[31m\\x7f"},
                                           {"\xc2\x85", "\\xc2\\x85"}, /* next line */
                                           {"\xc2\x9b", "\\xc2\\x9b"}, /* begins commands of terminals */
                                           {"\xe2\x80\xa8 \xe2\x80\xa9", "\\xe2\\x80\\xa8 \\xe2\\x80\\xa9"},
                                           {"\xe9t\xe9", "\\xe9t\\xe9"}, /* Latin 1 */
                                           {"\xc0\x80", "\\xc0\\x80"},   /* too long for its character */
                                           {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
                                           {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* half of a pair */
                                           {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
                                           {"\xff", "\\xff"},
                                           {"\xe2\x82", "\\xe2\\x82"}, /* cut */
                                           {"\x80", "\\x80"}};
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++) expect(pairs[p][0], pairs[p][1]);
}

static void nothing_is_cut_in_two(void **state) {
    (void)state;
    char text[16];
    for (size_t size = 1; size < 16; size++) {
        memset(text, 'x', sizeof text);
        nixe_escape(
            "\xe2\x82\xac\n\x01"
            "abc",
            text, size);
        assert_true(strlen(text) < size && nixe_is_plain(text));
        assert_int_equal(strncmp(text,
                                 "\xe2\x82\xac\\n\\x01"
                                 "abc",
                                 strlen(text)),
                         0);
        assert_true(strlen(text) == 0 || strlen(text) == 3 || strlen(text) == 5 || strlen(text) >= 9);
    }
}

static void sentences_are_one_line(void **state) {
    (void)state;
    nixe_fail(NIXE_REFUSED, "-input %s: no\nsuch file", "a\nb");
    assert_string_equal(nixe_status_message(), "-input a\\nb: no\\nsuch file");
    nixe_status_clear();
    char *path = calloc(20000, 1);
    memset(path, '\x01', 19999);
    nixe_fail(NIXE_REFUSED, "%s", path);
    assert_in_range(strlen(nixe_status_message()), NIXE_SENTENCE - 5, NIXE_SENTENCE - 1);
    nixe_status_clear();
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(the_rest_is_escaped),
        cmocka_unit_test(nothing_is_cut_in_two),
        cmocka_unit_test(sentences_are_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
