/* Ensemble: a toy on one rank, which counts what it is asked to do, and holds against the rules what it is asked when. A
 * failing task ends the process: tests of the whole program see to that. */
#include "nixe/run/ensemble.h"

#include "nixe/run/stop.h"
#include "unit/crystal.h"
#include "unit/folder.h"

enum { MOST_TASKS = 400, NUMBERS = 1000 };

/* Other ranks that join a meeting late: so many times it is said to wait for them. (PETSc has a macro of that name.) */
static int lateness, waited;

int(MPI_Test)(MPI_Request *request, int *flag, MPI_Status *status) {
    *flag = 0;
    if (waited < lateness && ++waited) return MPI_SUCCESS;
    const int code = PMPI_Test(request, flag, status);
    if (*flag) waited = 0;
    return code;
}

/* A task is a number of slicees of which each is some steps; its state is how many it has done, and what it is. */
typedef struct {
    int64_t task, slice, slicees, sum;
} toy_state;

typedef struct {
    const nixe_checkpoint *checkpoint;
    toy_state now;         /* task -1: none */
    int stop_at;           /* number of the slice in which to ask for a stop; 0: never */
    int stop_after, asked; /* the same after so many tasks, when there is nothing to do */
    double filling, full;  /* of the buffers: by each task, a part with each slice; now */
    int all_slicees, writes, syncs, saves, since_write, asked_full; /* counts */
    int begun[NUMBERS], loaded[NUMBERS], finished[NUMBERS];
    int64_t sum[NUMBERS]; /* results of finished tasks */
    int64_t order[MOST_TASKS];
    int ended;
} toy;

static int64_t slicees_of(int64_t task) { return 1 + task % 4; }

static nixe_status begin(void *worker, int64_t task) {
    toy *t = worker;
    assert_int_equal(t->now.task, -1);
    assert_true(t->full < 1);
    t->now = (toy_state){.task = task, .slicees = slicees_of(task)};
    t->begun[task]++;
    return NIXE_OK;
}

static nixe_status advance(void *worker, int *finished) {
    toy *t = worker;
    assert_in_range(t->now.slice, 0, t->now.slicees - 1);
    assert_true(t->full < 1 && !*finished);
    if (t->stop_at && t->all_slicees == t->stop_at)
        return NIXE_OK; /* work goes on until the ranks have met: here nothing is done */
    t->now.sum += (t->now.task + 1) * ++t->now.slice;
    t->since_write++;
    t->full += t->filling / (double)t->now.slicees;
    if (++t->all_slicees == t->stop_at) nixe_stop_set_limit(MPI_Wtime(), 1e-6);
    *finished = t->now.slice == t->now.slicees;
    if (!*finished) return NIXE_OK;
    t->finished[t->now.task]++;
    t->sum[t->now.task] = t->now.sum;
    t->order[t->ended++] = t->now.task;
    t->now.task = -1;
    return NIXE_OK;
}

/* Ten a slice. */
static int64_t steps(const void *worker) { return 10 * ((const toy *)worker)->now.slice; }

/* A stop after everything: the third time that is asked when the last task has ended, the rank knows that there is none. */
static double fullness(const void *worker) {
    toy *t = (toy *)worker;
    if (t->ended == t->stop_after && ++t->asked == 3) nixe_stop_set_limit(MPI_Wtime(), 1e-6);
    t->asked_full += t->full >= 1;
    assert_in_range(t->asked_full, 0, 1000); /* who is full joins at once, not when it is time */
    return t->full;
}

static nixe_status write_all(void *worker) {
    toy *t = worker;
    t->writes++;
    t->since_write = 0;
    t->full = 0;
    t->asked_full = 0;
    return NIXE_OK;
}

/* Between the data and the checkpoint that counts on them. */
static nixe_status sync_all(void *worker) {
    toy *t = worker;
    assert_int_equal(t->since_write, 0);
    assert_int_equal(t->checkpoint->writes, t->syncs);
    t->syncs++;
    return NIXE_OK;
}

static nixe_status save(const void *worker, int64_t number, nixe_bytes *bytes) {
    toy *t = (toy *)worker;
    assert_int_equal(number, t->now.task >= 0 ? t->now.task : t->order[t->ended - 1]); /* the present one, or the last */
    t->saves++;
    return nixe_bytes_put(bytes, &t->now, sizeof t->now);
}

static nixe_status load(void *worker, int64_t task, nixe_bytes *bytes) {
    toy *t = worker;
    assert_int_equal(t->now.task, -1);
    assert_int_equal(bytes->position, 0);
    t->loaded[task]++;
    NIXE_TRY(nixe_bytes_get(bytes, &t->now, sizeof t->now));
    assert_int_equal(t->now.task, task);
    return NIXE_OK;
}

/* A run of a toy: its tasks, and its checkpoint in a folder. */
typedef struct {
    fixture_folder folder;
    nixe_checkpoint checkpoint;
    int64_t task[MOST_TASKS];
    int tasks, stop_after;
    toy toy;
    nixe_work work;
    nixe_ensemble_report report;
} fixture;

static void create_checkpoint(fixture *f) {
    char path[FIXTURE_PATH];
    fixture_join(&f->folder, "run.h5", path);
    nixe_checkpoint_create(&f->checkpoint, &fixture_parallel, path, 1);
    assert_ok(nixe_checkpoint_read(&f->checkpoint));
}

/* Tasks 3, 10, 17, ...: in an order of their own, and not all numbers. */
static void create(fixture *f, int tasks) {
    *f = (fixture){.tasks = tasks, .stop_after = -1};
    fixture_folder_create(&f->folder);
    create_checkpoint(f);
    for (int i = 0; i < tasks; i++) f->task[i] = (3 + 7 * i) % NUMBERS;
    nixe_stop_set_limit(MPI_Wtime(), 0);
}

static void destroy(fixture *f) {
    nixe_stop_set_limit(MPI_Wtime(), 0);
    nixe_checkpoint_destroy(&f->checkpoint);
    fixture_folder_destroy(&f->folder);
}

/* A new toy does the tasks; it stops itself at a slice (0: never), and each of its tasks fills so much of its buffers. */
static void run(fixture *f, int keeps_finished, int stop_at, double filling, double checkpoint_every) {
    nixe_progress progress;
    f->toy = (toy){
        .checkpoint = &f->checkpoint, .now.task = -1, .stop_at = stop_at, .stop_after = f->stop_after, .filling = filling};
    f->work = (nixe_work){.worker = &f->toy,
                          .tasks = f->tasks,
                          .task = f->task,
                          .keeps_finished = keeps_finished,
                          .begin = begin,
                          .advance = advance,
                          .steps = steps,
                          .fullness = fullness,
                          .write = write_all,
                          .sync = sync_all,
                          .save = save,
                          .load = load};
    nixe_progress_begin(&progress, 0, "tasks", "steps");
    f->report = (nixe_ensemble_report){.steps = -1, .meetings = -1, .stop = -1};
    assert_ok(nixe_ensemble_run(&fixture_parallel, &f->work, &f->checkpoint, checkpoint_every, &progress, &f->report));
    assert_int_equal(f->report.meetings, f->toy.writes);
    assert_int_equal(f->toy.syncs, f->checkpoint.writes);
    assert_int_equal(f->toy.since_write, 0); /* all that was done is written */
    assert_true(f->report.seconds > 0);
}

static int64_t result_of(int64_t task) { return (task + 1) * slicees_of(task) * (slicees_of(task) + 1) / 2; }

/* These tasks and no others have a state in the files. */
static void expect_saved(fixture *f, const int64_t *task, int tasks) {
    nixe_checkpoint_destroy(&f->checkpoint);
    create_checkpoint(f); /* as the next run finds it */
    assert_int_equal(f->checkpoint.count, tasks);
    for (int i = 0; i < tasks; i++) {
        const nixe_bytes *bytes = nixe_checkpoint_find(&f->checkpoint, task[i]);
        toy_state saved;
        assert_non_null(bytes);
        assert_int_equal(bytes->used, sizeof saved);
        memcpy(&saved, bytes->bytes, sizeof saved);
        assert_int_equal(saved.slicees, slicees_of(task[i]));
    }
}

static void every_task_is_begun_once(void **state) {
    (void)state;
    static const int counts[] = {0, 1, 2, 63, 64, 65, 400}; /* tasks are taken one by one, and in handfuls */
    for (int c = 0; c < 7; c++) {
        int64_t all_steps = 0;
        fixture f;
        create(&f, counts[c]);
        run(&f, 0, 0, 0, 1000);
        for (int i = 0; i < f.tasks; i++) {
            const int64_t task = f.task[i];
            assert_true(f.toy.begun[task] == 1 && f.toy.loaded[task] == 0 && f.toy.finished[task] == 1);
            assert_int_equal(f.toy.order[i], task);
            assert_int_equal(f.toy.sum[task], result_of(task));
            all_steps += 10 * slicees_of(task);
        }
        assert_int_equal(f.toy.ended, f.tasks);
        assert_int_equal(f.report.steps, all_steps);
        assert_int_equal(f.report.stop, 0);
        assert_int_equal(f.toy.saves, 0);
        assert_int_equal(fixture_folder_entries(&f.folder), 0);
        destroy(&f);
    }
}

/* States of finished tasks are kept where a longer run may go on from them; a run that has nothing to do keeps them, too. */
static void finished_tasks_are_kept(void **state) {
    (void)state;
    fixture f;
    create(&f, 5);
    for (int again = 0; again < 2; again++) {
        f.tasks = again ? 0 : 5;
        run(&f, 1, 0, 0, 1000);
        assert_int_equal(f.toy.ended, f.tasks);
        assert_int_equal(f.toy.saves, f.tasks);
        expect_saved(&f, f.task, 5);
    }
    destroy(&f);
}

/* A run that stops in the middle of its seventh task, and one that goes on. */
static void a_stop_saves_what_is_unfinished(void **state) {
    (void)state;
    for (int keeps = 0; keeps < 2; keeps++) {
        fixture f;
        lateness = 3 * keeps;
        create(&f, 12);
        int before = 1; /* slicees up to the first one of the seventh task */
        for (int i = 0; i < 6; i++) before += (int)slicees_of(f.task[i]);
        assert_int_equal(slicees_of(f.task[6]), 2);
        run(&f, keeps, before, 0, 1000);
        assert_string_equal(nixe_stop_text(f.report.stop), "the time limit");
        assert_int_equal(f.report.steps,
                         10 * (before - 1)); /* the last ones are not counted: the clock says so twice a second */
        assert_int_equal(f.toy.all_slicees, before);
        assert_int_equal(f.toy.ended, 6);
        for (int i = 0; i < 12; i++) assert_int_equal(f.toy.begun[f.task[i]], i < 7);
        if (keeps) expect_saved(&f, f.task, 7);
        else expect_saved(&f, f.task + 6, 1);

        memmove(f.task, f.task + 6, 6 * sizeof *f.task); /* what is left, the unfinished one not first */
        const int64_t unfinished = f.task[0], other = f.task[4];
        f.task[0] = other;
        f.task[4] = unfinished;
        f.tasks = 6;
        nixe_stop_set_limit(MPI_Wtime(), 0);
        run(&f, keeps, 0, 0, 1000);
        assert_int_equal(f.report.stop, 0);
        int64_t all_steps = 0;
        for (int i = 0; i < 6; i++) {
            const int64_t task = f.task[i];
            assert_int_equal(f.toy.begun[task], task != unfinished);
            assert_int_equal(f.toy.loaded[task], task == unfinished);
            assert_int_equal(f.toy.sum[task], result_of(task));
            all_steps += 10 * slicees_of(task);
        }
        assert_int_equal(f.report.steps, all_steps - 10); /* what the run before did is not counted again */
        destroy(&f);
    }
    lateness = 0;
}

/* A stop at the end of a task: there is nothing to save, unless the next one is begun before the ranks have met. */
static void a_stop_between_tasks(void **state) {
    (void)state;
    for (lateness = 3; lateness >= 0; lateness -= 3) {
        fixture f;
        int slicees = 0;
        create(&f, 5);
        for (int i = 0; i < 3; i++) slicees += (int)slicees_of(f.task[i]);
        run(&f, 0, slicees, 0, 1000);
        assert_int_equal(f.toy.ended, 3);
        assert_int_equal(f.report.steps, 10 * slicees);
        assert_string_equal(nixe_stop_text(f.report.stop), "the time limit");
        assert_true(lateness == 0 || f.toy.begun[f.task[3]]);
        expect_saved(&f, f.task + 3, f.toy.begun[f.task[3]]);
        destroy(&f);
    }
    lateness = 0;
}

/* One that comes when everything has been done is none. */
static void a_stop_at_the_end(void **state) {
    (void)state;
    fixture f;
    create(&f, 5);
    f.stop_after = 5;
    run(&f, 0, 0, 0, 1000);
    assert_true(nixe_stop_code(0) > 0);
    assert_int_equal(f.toy.ended, 5);
    assert_int_equal(f.report.stop, 0);
    assert_int_equal(f.checkpoint.writes, 0);
    destroy(&f);
}

/* The state of a task that a run has finished is given up by its next checkpoint. */
static void finished_tasks_are_given_up(void **state) {
    (void)state;
    fixture f;
    create(&f, 6);
    run(&f, 0, (int)slicees_of(f.task[0]) + 2, 0, 1000);
    assert_int_equal(slicees_of(f.task[1]), 3);
    expect_saved(&f, f.task + 1, 1);
    f.task[0] =
        f.task[4]; /* 1 task that was not begun, then the one that was saved, then one in the middle of which it stops */
    f.tasks = 4;
    nixe_stop_set_limit(MPI_Wtime(), 0);
    run(&f, 0, (int)slicees_of(f.task[0]) + 1 + 1, 0, 1000);
    assert_int_equal(f.toy.loaded[f.task[1]], 1);
    assert_int_equal(f.toy.finished[f.task[1]], 1);
    expect_saved(&f, f.task + 2, 1);
    destroy(&f);
}

/* Buffers that are full are written before anything else is done, in the middle of a task, too. */
static void fullness_makes_it_write(void **state) {
    (void)state;
    static const double filling[] = {1, 5, 0.5, 0.35, 2.9, 1e-9};
    for (int c = 0; c < 12; c++) {
        const double each = filling[c % 6], most = 1 + each; /* at a write */
        fixture f;
        lateness = c < 6 ? 0 : 5;
        create(&f, 9);
        run(&f, 0, 0, each, 1000);
        assert_int_equal(f.toy.ended, 9);
        assert_true(f.toy.writes >= 9 * each / most);
        assert_int_equal(f.checkpoint.writes, 0);
        destroy(&f);
    }
    lateness = 0;
}

/* States are saved as often as is asked for; those of tasks that end are given up, and at the end there is nothing to keep. */
static void checkpoints_between(void **state) {
    (void)state;
    fixture f;
    create(&f, 8);
    int slicees = 0;
    for (int i = 0; i < 8; i++) slicees += (int)slicees_of(f.task[i]);
    run(&f, 0, 0, 0, 1e-9);
    assert_int_equal(f.toy.ended, 8);
    assert_in_range(f.checkpoint.writes, 2, slicees + 1);
    assert_in_range(f.toy.saves, 1, slicees);
    for (int i = 0; i < 8; i++) assert_int_equal(f.toy.begun[f.task[i]], 1);
    assert_int_equal(f.report.steps, 10 * slicees);
    expect_saved(&f, NULL, 0);
    destroy(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_is_begun_once),
        cmocka_unit_test(finished_tasks_are_kept),
        cmocka_unit_test(a_stop_saves_what_is_unfinished),
        cmocka_unit_test(a_stop_between_tasks),
        cmocka_unit_test(a_stop_at_the_end),
        cmocka_unit_test(finished_tasks_are_given_up),
        cmocka_unit_test(fullness_makes_it_write),
        cmocka_unit_test(checkpoints_between),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_finish);
}
