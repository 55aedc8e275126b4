/* Parallel: shares of rows, memory that a node shares, agreement and broadcasts, on a single rank. */
#include "nixe/base/parallel.h"

#include <limits.h>

#include "unit/crystal.h"

/* Only of a refusal and of a stop is it known that all ranks have them, until they have agreed. First of the tests: what has
 * been agreed on stays so to the end of a process. */
static void failures_are_known_once_agreed_on(void **state) {
    (void)state;
    assert_true(nixe_parallel_knows(NIXE_REFUSED));
    assert_true(nixe_parallel_knows(NIXE_STOPPED));
    assert_ok(nixe_parallel_agree(&fixture_parallel, NIXE_OK));
    assert_false(nixe_parallel_knows(NIXE_FAILED));
    assert_int_equal(nixe_parallel_agree(&fixture_parallel, nixe_fail(NIXE_FAILED, "no %s", "paper")), NIXE_FAILED);
    assert_true(nixe_parallel_knows(NIXE_FAILED));
    assert_string_equal(nixe_status_message(), "no paper");
    nixe_status_clear();
}

static void agreement_keeps_status_and_sentence(void **state) {
    (void)state;
    static const nixe_status all[] = {NIXE_FAILED, NIXE_REFUSED, NIXE_STOPPED};
    static char sentence[NIXE_SENTENCE];
    memset(sentence, 'x', sizeof sentence - 1); /* the longest that there can be */
    for (int s = 0; s < 3; s++) {
        assert_int_equal(nixe_parallel_agree(&fixture_parallel, nixe_fail(all[s], "%s", sentence)), all[s]);
        assert_string_equal(nixe_status_message(), sentence);
        nixe_status_clear();
        assert_ok(nixe_parallel_agree(&fixture_parallel, NIXE_OK));
        assert_string_equal(nixe_status_message(), "");
    }
    nixe_fail(NIXE_FAILED, "100 %% of %s", "%s%n"); /* the sentence is no format */
    assert_int_equal(nixe_parallel_agree(&fixture_parallel, NIXE_FAILED), NIXE_FAILED);
    assert_string_equal(nixe_status_message(), "100 % of %s%n");
    nixe_status_clear();
}

static void failures_of_mpi_get_a_sentence(void **state) {
    (void)state;
    assert_ok(nixe_mpi_status(MPI_SUCCESS, "MPI_Send(a, b)"));
    assert_int_equal(nixe_mpi_status(MPI_ERR_RANK, "MPI_Send(a, b)"), NIXE_FAILED);
    assert_ptr_equal(strstr(nixe_status_message(), "MPI: MPI_Send: "), nixe_status_message());
    assert_true(strlen(nixe_status_message()) > strlen("MPI: MPI_Send: ")); /* and MPI's own words */
    nixe_status_clear();
}

static void a_rank_alone(void **state) {
    (void)state;
    const nixe_parallel *p = &fixture_parallel;
    assert_true(p->rank == 0 && p->size == 1 && p->node_rank == 0 && p->node_size == 1 && p->host_size == 1);
    assert_true(p->nodes == 1 && p->node_index == 0 && p->leaders != MPI_COMM_NULL);
}

/* Every row falls to one part, in order; parts differ by one row at most, the larger ones first. */
static void parts_of_rows(void **state) {
    (void)state;
    for (long count = 0; count < 70; count++)
        for (int parts = 1; parts < 40; parts++) {
            long next = 0, largest = (count + parts - 1) / parts, before = largest;
            for (int part = 0; part < parts; part++) {
                long first = -1, last = -1;
                nixe_parallel_part(count, part, parts, &first, &last);
                assert_int_equal(first, next);
                assert_in_range(last - first, count / parts, before);
                before = last - first;
                next = last;
            }
            assert_int_equal(next, count);
        }
}

static void parts_of_very_many_rows(void **state) {
    (void)state;
    static const long counts[] = {1000000000000007, LONG_MAX};
    for (int c = 0; c < 2; c++) {
        long next = 0;
        for (int part = 0; part < 4096; part++) {
            long first = -1, last = -1;
            nixe_parallel_part(counts[c], part, 4096, &first, &last);
            assert_int_equal(first, next);
            assert_true(last - first == counts[c] / 4096 || last - first == counts[c] / 4096 + 1);
            next = last;
        }
        assert_int_equal(next, counts[c]);
    }
}

/* Bytes of rank 0 stay as they are, and so does what has been read of them. */
static void broadcasts_of_a_rank_alone(void **state) {
    (void)state;
    nixe_bytes bytes = {0};
    assert_ok(nixe_parallel_broadcast(&fixture_parallel, &bytes)); /* nothing at all */
    assert_int_equal(bytes.used, 0);
    assert_ok(nixe_bytes_put(&bytes, "swaps, exchanges", 17));
    char out[17];
    assert_ok(nixe_bytes_get(&bytes, out, 7));
    const nixe_bytes before = bytes;
    assert_ok(nixe_parallel_broadcast(&fixture_parallel, &bytes));
    assert_memory_equal(&bytes, &before, sizeof bytes);
    assert_ok(nixe_bytes_get(&bytes, out, 10));
    assert_string_equal(out, "exchanges");
    nixe_bytes_destroy(&bytes);
}

/* With windows of MPI, and, as where there are none, with the rank's own memory. */
static void memory_of_a_node(void **state) {
    (void)state;
    static const long counts[] = {0, 1, 7, 100003};
    for (int shares = 0; shares <= fixture_parallel.shares_memory; shares++)
        for (int c = 0; c < 4; c++) {
            nixe_parallel parallel = fixture_parallel;
            nixe_shared first, second;
            parallel.shares_memory = shares;
            assert_ok(nixe_shared_create(&parallel, counts[c], "numbers", &first));
            assert_ok(nixe_shared_create(&parallel, counts[c], "numbers", &second));
            assert_int_equal(first.window == MPI_WIN_NULL, !shares);
            assert_true(counts[c] == 0 || (first.memory && second.memory && first.memory != second.memory));
            for (long i = 0; i < counts[c]; i++) first.memory[i] = (double)i;
            for (long i = 0; i < counts[c]; i++) second.memory[i] = -1;
            assert_ok(nixe_shared_sync(&parallel, &first));
            for (long i = 0; i < counts[c]; i++) assert_true(first.memory[i] == (double)i);
            nixe_shared_destroy(&first);
            nixe_shared_destroy(&second);
            assert_true(first.memory == NULL && first.window == MPI_WIN_NULL);
        }
}

static void memory_that_there_cannot_be(void **state) {
    (void)state;
    nixe_parallel parallel = fixture_parallel;
    nixe_shared shared;
    parallel.shares_memory = 0;
    assert_int_equal(nixe_shared_create(&parallel, LLONG_MAX, "the table of everything", &shared), NIXE_FAILED);
    assert_non_null(strstr(nixe_status_message(), "out of memory: the table of everything needs "));
    nixe_status_clear();
    nixe_shared_destroy(&shared); /* there is nothing to destroy */
}

/* Ranks may be divided: another nixe_parallel on a communicator of its own. */
static void other_communicators(void **state) {
    (void)state;
    nixe_parallel alone;
    assert_ok(nixe_parallel_create(&alone, MPI_COMM_SELF));
    assert_true(alone.rank == 0 && alone.size == 1 && alone.nodes == 1);
    assert_int_equal(alone.shares_memory, fixture_parallel.shares_memory);
    assert_ok(nixe_parallel_agree(&alone, NIXE_OK));
    nixe_parallel_destroy(&alone);
    assert_ok(nixe_parallel_agree(&fixture_parallel, NIXE_OK)); /* which the other is not touched by */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_are_known_once_agreed_on),
        cmocka_unit_test(agreement_keeps_status_and_sentence),
        cmocka_unit_test(failures_of_mpi_get_a_sentence),
        cmocka_unit_test(a_rank_alone),
        cmocka_unit_test(parts_of_rows),
        cmocka_unit_test(parts_of_very_many_rows),
        cmocka_unit_test(broadcasts_of_a_rank_alone),
        cmocka_unit_test(memory_of_a_node),
        cmocka_unit_test(memory_that_there_cannot_be),
        cmocka_unit_test(other_communicators),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
