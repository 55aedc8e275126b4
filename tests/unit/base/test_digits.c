/* Digits: numbers as they are printed with their errors. */
#include "nixe/base/digits.h"

#include "unit/fixture.h"

static void numbers_with_errors(void **state) {
    (void)state;
    static const struct {
        double number, error;
        const char *alone, *brackets, *plus_minus;
    } expected[] = {
        {122.6334, 1.04, "122.6", "122.6(1.0)", "122.6 +- 1.0"},
        {0.15687, 0.00604, "0.1569", "0.1569(0.0060)", "0.1569 +- 0.0060"},
        {0.5, 0.0996, "0.50", "0.50(0.10)", "0.50 +- 0.10"}, /* rounds to 0.10 */
        {-1711.7, 4.8, "-1711.7", "-1711.7(4.8)", "-1711.7 +- 4.8"},
        {11707.3, 178, "11707", "11707(178)", "11707 +- 178"},
        {8.36e-6, 1.3e-6, "8.4e-06", "8.4e-06(1.3e-06)", "8.4e-06 +- 1.3e-06"},
        {1e-7, 1.3e-6, "1.0e-07", "1.0e-07(1.3e-06)", "1.0e-07 +- 1.3e-06"},
        {0, 1.3e-6, "0.0e+00", "0.0e+00(1.3e-06)", "0.0e+00 +- 1.3e-06"},
        {9.2e-26, 1.3e-27, "9.20e-26", "9.20e-26(1.3e-27)", "9.20e-26 +- 1.3e-27"}, /* a time */
        {0, 0, "0", "0(0)", "0 +- 0"},
        {0.1, 1e-18, "0.1", "0.1(0)", "0.1 +- 0"},
        {-1080, 0, "-1080", "-1080(0)", "-1080 +- 0"},
        {2.5, NAN, "2.5", "2.5", "2.5"},
        {NAN, NAN, "-", "-", "-"},
        {NAN, 1, "-", "-", "-"},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        char text[64];
        nixe_digits_print_alone(expected[i].number, expected[i].error, text, sizeof text);
        assert_string_equal(text, expected[i].alone);
        nixe_digits_print(expected[i].number, expected[i].error, NIXE_DIGITS_BRACKETS, text, sizeof text);
        assert_string_equal(text, expected[i].brackets);
        nixe_digits_print(expected[i].number, expected[i].error, NIXE_DIGITS_PLUS_MINUS, text, sizeof text);
        assert_string_equal(text, expected[i].plus_minus);
    }
}

static void rounding_is_nothing(void **state) {
    (void)state;
    assert_true(nixe_digits_of_sum(1.0155e-18) == 0 && nixe_digits_of_sum(-1e-13) == 0);
    assert_true(nixe_digits_of_sum(-2e-12) == -2e-12 && nixe_digits_of_sum(8.4e-6) == 8.4e-6 && isnan(nixe_digits_of_sum(NAN)));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_with_errors), cmocka_unit_test(rounding_is_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
