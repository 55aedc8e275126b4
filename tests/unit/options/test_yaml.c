/* YAML: no text takes long, and nothing in it is passed over. */
#include <stdio.h>
#include <time.h>

#include "nixe/options/words.h"
#include "unit/fixture.h"

/* Text that is built up. */
typedef struct {
    char *text;
    size_t length;
} builder;

/* So many copies of a piece, in which # stands for the number of the copy. */
static void put(builder *to, const char *piece, int count) {
    to->text = realloc(to->text, to->length + (size_t)count * (strlen(piece) + 8) + 1);
    for (int i = 0; i < count; i++)
        for (const char *c = piece; *c; c++) {
            if (*c == '#') to->length += (size_t)sprintf(to->text + to->length, "%x", (unsigned)i);
            else to->text[to->length++] = *c;
        }
    to->text[to->length] = '\0';
}

/* The text is refused, within a second, for a reason that names this, and where it stands. */
static void refuse(builder *text, const char *reason) {
    nixe_words words = {0};
    const clock_t start = clock();
    const nixe_status status = nixe_words_read_yaml("x.yaml", text->text, text->length, &words);
    const double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    if (status != NIXE_REFUSED || !strstr(nixe_status_message(), reason) || !strstr(nixe_status_message(), "line "))
        fail_msg("%.60s ...: %d, %s", text->text, (int)status, nixe_status_message());
    if (seconds > 5) fail_msg("%.60s ... took %g s", text->text, seconds); /* 5: sanitizers are slow */
    nixe_status_clear();
    nixe_words_destroy(&words);
    free(text->text);
    *text = (builder){0};
}

static void aliases_are_bounded(void **state) {
    (void)state;
    builder text = {0};
    put(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n", 1); /* 10^9 words in 700 bytes */
    for (int level = 1; level < 9; level++) {
        char line[128];
        snprintf(line, sizeof line, "a%d: &a%d {", level, level);
        put(&text, line, 1);
        snprintf(line, sizeof line, "k#: *a%d, ", level - 1);
        put(&text, line, 9);
        put(&text, "last: x}\n", 1);
    }
    refuse(&text, "more than 400 options");
    put(&text, "a: &a {b: 1, c: 2}\nd: &d {", 1);
    put(&text, "k#: *a, ", 45);
    put(&text, "}\ne: {", 1);
    put(&text, "k#: *d, ", 45);
    put(&text, "}\n", 1);
    refuse(&text, "more than 400 options");
    put(&text, "a: &a ", 1);
    put(&text, "x", 500000);
    put(&text, "\nb: [", 1);
    put(&text, "*a, ", 90);
    put(&text, "]\n", 1);
    refuse(&text, "aliases make more than 2000000 bytes");
    put(&text, "a: &a x\nb: [", 1);
    put(&text, "*a, ", 200000);
    put(&text, "]\n", 1);
    refuse(&text, "more than 100 anchors and aliases");
    put(&text, "a: [", 1);
    put(&text, "&a# x, ", 80000);
    put(&text, "]\n", 1);
    refuse(&text, "more than 100 anchors and aliases");
    put(&text, "model: &m {model: *m}\n", 1);
    refuse(&text, "nested more than 9 deep");
}

static void depth_is_bounded(void **state) {
    (void)state;
    static const char *const piece[] = {"[", "{", "[\n", "- ", "? ", "{a: ", "[[\"x\","};
    for (int p = 0; p < 7; p++) {
        builder text = {0};
        put(&text, "a:\n ", 1);
        put(&text, piece[p], 150000);
        refuse(&text, "nested more than 9 deep");
    }
}

static void keys_are_bounded(void **state) {
    (void)state;
    static const char *const piece[] = {"a#: 1\n", "a#: [1, 2]\n", "\"a#\": \n", "a#: x\n"};
    for (int p = 0; p < 4; p++) {
        builder text = {0};
        put(&text, piece[p], 70000);
        refuse(&text, "more than 400 options");
    }
    builder text = {0};
    put(&text, "mat_#: 1\n", NIXE_WORDS);
    nixe_words words = {0};
    assert_ok(nixe_words_read_yaml("x.yaml", text.text, text.length, &words));
    assert_int_equal(words.count, NIXE_WORDS);
    nixe_words_destroy(&words);
    free(text.text);
    text = (builder){0};
    put(&text, "mat_", 1);
    put(&text, "x", 300);
    put(&text, ": 1\n", 1);
    refuse(&text, "a name of more than 255 bytes");
    put(&text, "%TAG !#! tag:a\n", 60000);
    put(&text, "---\na: 1\n", 1);
    refuse(&text, "more than 100 directives");
}

static void a_long_list_is_no_bomb(void **state) {
    (void)state;
    builder text = {0};
    nixe_words words = {0};
    put(&text, "model_kT: [", 1);
    put(&text, "1,", 490000);
    put(&text, "1]\n", 1);
    assert_ok(nixe_words_read_yaml("x.yaml", text.text, text.length, &words));
    assert_int_equal(strlen(words.word[0].value), 980001);
    nixe_words_destroy(&words);
    free(text.text);
}

static void nul_is_refused(void **state) {
    (void)state;
    static const struct {
        const char text[40], *reason;
        size_t length;
    } cases[] = {{"model_kT: 0.3\n\0model_kTT: 7\n", "line 2: a NUL byte", 28},
                 {"\0", "line 1: a NUL byte", 1},
                 {"model_kT: 1\n\0", "line 2: a NUL byte", 13},
                 {"model_kT: \"0.3\\0x\"\n", "line 1: a key or a value with a NUL", 19},
                 {"a: 1\nmodel_kT: [1, \"0.3\\0x\"]\n", "line 2: a key or a value with a NUL", 29},
                 {"\"model_kT\\0x\": 1\n", "line 1: a key or a value with a NUL", 17}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        builder text = {.text = malloc(40), .length = cases[c].length};
        memcpy(text.text, cases[c].text, 40);
        refuse(&text, cases[c].reason);
    }
}

static void nothing_follows_unread(void **state) {
    (void)state;
    nixe_words words = {0};
    const char *text = "model_kT: 0.3\n...\n]garbage\n", *two = "a: 1\n---\nb: 2\n";
    assert_int_equal(nixe_words_read_yaml("x.yaml", text, strlen(text), &words), NIXE_REFUSED);
    assert_non_null(strstr(nixe_status_message(), "x.yaml is not YAML: line 3"));
    nixe_status_clear();
    nixe_words_destroy(&words);
    assert_int_equal(nixe_words_read_yaml("x.yaml", two, strlen(two), &words), NIXE_REFUSED);
    assert_non_null(strstr(nixe_status_message(), "more than one YAML document"));
    nixe_status_clear();
    nixe_words_destroy(&words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aliases_are_bounded),    cmocka_unit_test(depth_is_bounded), cmocka_unit_test(keys_are_bounded),
        cmocka_unit_test(a_long_list_is_no_bomb), cmocka_unit_test(nul_is_refused),   cmocka_unit_test(nothing_follows_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
