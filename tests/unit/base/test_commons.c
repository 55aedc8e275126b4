/* Commons: constant tables of which a node holds one copy; on any number of ranks, each of which may be alone. */
#include "nixe/base/node_commons.h"

#include "unit/crystal.h"

enum { BOTH = 2 };

/* A commons of the node, or one of this rank alone. */
static nixe_commons create(int alone) { return alone ? nixe_commons_alone() : nixe_commons_of_node(&fixture_parallel); }

static void memory_is_zero_and_all_parts_see_what_one_writes(void **state) {
    (void)state;
    for (int alone = 0; alone < BOTH; alone++) {
        nixe_commons commons = create(alone);
        int32_t *numbers, *none;
        char *scratch;
        assert_ok(nixe_commons_take(&commons, &scratch, 1000, 1, "scratch"));
        assert_ok(nixe_commons_take(&commons, &numbers, 3 * commons.parts, sizeof *numbers, "numbers"));
        assert_ok(nixe_commons_take(&commons, &none, 0, sizeof *none, "none"));
        assert_non_null(none);
        assert_int_equal(commons.bytes, 1000 + 12 * commons.parts);
        for (int k = 0; k < 3 * commons.parts; k++) assert_int_equal(numbers[k], 0);
        assert_ok(nixe_commons_meet(&commons, NIXE_OK));
        for (int k = 0; k < 3; k++) numbers[3 * commons.part + k] = 100 * commons.part + k + 1;
        assert_ok(nixe_commons_meet(&commons, NIXE_OK));
        nixe_commons_give_back(&commons, scratch);
        assert_int_equal(commons.bytes, 12 * commons.parts);
        assert_int_equal(commons.count, 2);
        for (int k = 0; k < 3 * commons.parts; k++) assert_int_equal(numbers[k], 100 * (k / 3) + k % 3 + 1);
        assert_ok(nixe_commons_meet(&commons, NIXE_OK));
        nixe_commons_destroy(&commons);
        assert_int_equal(commons.bytes, 0);
    }
}

/* Arrays of part 0, of lengths that the others do not know before. */
static void what_part_0_makes_is_given_to_all(void **state) {
    (void)state;
    typedef struct {
        int count, bytes;
        double *number;
        uint8_t *byte;
    } made;
    for (int alone = 0; alone < BOTH; alone++) {
        nixe_commons commons = create(alone);
        made own = {0};
        if (commons.part == 0) {
            own = (made){.count = 1000, .bytes = 77};
            assert_ok(nixe_allocate(&own.number, own.count, sizeof *own.number, "numbers"));
            assert_ok(nixe_allocate(&own.byte, own.bytes, 1, "bytes"));
            for (int k = 0; k < own.count; k++) own.number[k] = sqrt(k);
            for (int k = 0; k < own.bytes; k++) own.byte[k] = (uint8_t)(3 * k);
        }
        assert_ok(nixe_commons_copy(&commons, NIXE_OK, &own, sizeof own));
        assert_true(own.count == 1000 && own.bytes == 77 && commons.bytes == 0);
        const nixe_common_array arrays[] = {{&own.byte, own.bytes}, {&own.number, own.count * (long long)sizeof *own.number}};
        assert_ok(nixe_commons_publish(&commons, 2, arrays, "both"));
        assert_int_equal((uintptr_t)own.number % sizeof *own.number, 0);
        for (int k = 0; k < own.count; k++) assert_true(own.number[k] == sqrt(k));
        for (int k = 0; k < own.bytes; k++) assert_int_equal(own.byte[k], (uint8_t)(3 * k));
        assert_ok(nixe_commons_meet(&commons, NIXE_OK));
        nixe_commons_destroy(&commons);
    }
}

/* What the last part fails with is said by all. Last of the tests: what is agreed on stays so. */
static void a_failure_is_that_of_all(void **state) {
    (void)state;
    for (int alone = 0; alone < BOTH; alone++) {
        nixe_commons commons = create(alone);
        const int fails = commons.part == commons.parts - 1;
        assert_int_equal(nixe_commons_meet(&commons, fails ? nixe_fail(NIXE_FAILED, "no paper") : NIXE_OK), NIXE_FAILED);
        assert_string_equal(nixe_status_message(), "no paper");
        nixe_status_clear();
        assert_ok(nixe_commons_meet(&commons, NIXE_OK));
        nixe_commons_destroy(&commons);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zero_and_all_parts_see_what_one_writes),
        cmocka_unit_test(what_part_0_makes_is_given_to_all),
        cmocka_unit_test(a_failure_is_that_of_all),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
