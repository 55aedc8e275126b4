/* Job: what kmc and mc have in common. Collective. */
#include "nixe/command/job.h"

#include "nixe/file/write.h"
#include "nixe/run/stop.h"

nixe_status nixe_job_begin(nixe_job *job, int *needed) {
    NIXE_TRY(nixe_resume_open(job->parallel, job->options, &job->resume));
    *needed = job->resume.kind != NIXE_RESUME_COMPLETE;
    if (!*needed && job->parallel->rank == 0) printf("complete: there is nothing to do for %s\n", job->options->output_file);
    return NIXE_OK;
}

/* The hash of the rows of one site of each orbit, from which all others follow. */
static uint64_t hash_of(const nixe_lattice *lattice, const nixe_table *table) {
    const nixe_symmetry *symmetry = &lattice->symmetry;
    uint64_t hash = nixe_hash_start;
    int number = 0; /* of the site in the table */
    for (int site = 0; site < lattice->sites; site++) {
        if (table->sites < lattice->sites && lattice->layer[site] > 0) continue;
        if (symmetry->representative[symmetry->orbit[site]] == site)
            hash = nixe_hash(hash, nixe_table_row(table, number, 0), (size_t)table->sites * sizeof(double));
        number++;
    }
    return hash;
}

nixe_status nixe_job_open(nixe_job *job, const nixe_table *table, int known_count, const nixe_known *known) {
    const nixe_resume_kind kind = job->resume.kind;
    uint64_t identity;
    NIXE_TRY(nixe_resume_identity(job->options, job->file.start ^ job->file.crystal, &identity));
    if (table && job->parallel->rank == 0) {
        job->file.tables = hash_of(&job->lattice, table);
        nixe_resume_compare_tables(&job->resume, job->file.tables);
    }
    nixe_checkpoint_create(&job->checkpoint, job->parallel, job->options->output_file, identity);
    if (kind == NIXE_RESUME_CONTINUE) return nixe_file_open(job->parallel, job->options, &job->file);
    return nixe_file_create(job->parallel, job->options, &job->lattice, known_count, known, kind == NIXE_RESUME_EXTEND,
                            &job->file);
}

nixe_status nixe_job_sample(nixe_job *job, const nixe_work *work, int64_t all, const char *tasks) {
    const int speaks = job->parallel->rank == 0;
    nixe_progress progress;
    nixe_ensemble_report report;
    int64_t saved = 0;
    for (int64_t i = 0; i < work->tasks; i++) saved += nixe_work_is_saved(work, &job->checkpoint, work->task[i]);
    if (job->resume.kind != NIXE_RESUME_NOTHING && speaks)
        printf("resumed   %lld of %lld %s are left: %lld go on from where they were, %lld begin at the beginning\n",
               (long long)work->tasks, (long long)all, tasks, (long long)saved, (long long)(work->tasks - saved));
    job->file.seconds = 0;
    nixe_progress_begin(&progress, speaks && !job->options->quiet, tasks,
                        job->options->command == NIXE_KMC ? "events" : "sweeps");
    NIXE_TRY(nixe_ensemble_run(job->parallel, work, &job->checkpoint, job->options->checkpoint_every, &progress, &report));
    job->output_seconds += job->file.seconds;
    job->sampling_seconds += report.seconds;
    job->steps += report.steps;
    job->stop = report.stop;
    return NIXE_OK;
}

nixe_status nixe_job_finish(nixe_job *job, const nixe_record *record, int64_t whole) {
    if (job->stop) {
        NIXE_TRY(nixe_file_close(&job->file));
        return nixe_fail(NIXE_STOPPED,
                         "stopped early by %s; all that was done is safe in %s and %s.checkpoint: the same command with "
                         "-resume goes on",
                         nixe_stop_text(job->stop), job->file.path, job->file.path);
    }
    NIXE_TRY(nixe_record_check(record, job->resume.rows, whole));
    return nixe_file_finish(&job->file);
}

nixe_status nixe_job_summarise(const nixe_job *job, double strain_seconds) {
    const int kmc = job->options->command == NIXE_KMC, ranks = job->parallel->size;
    double seconds[2] = {strain_seconds / ranks, job->output_seconds / ranks};
    NIXE_MPI(MPI_Allreduce(MPI_IN_PLACE, seconds, 2, MPI_DOUBLE, MPI_SUM, job->parallel->comm));
    if (job->parallel->rank != 0) return NIXE_OK;
    NIXE_TRY((kmc ? nixe_kmc_summary : nixe_mc_summary)(job->file.path, job->options, &job->lattice));
    const double sampling = job->sampling_seconds - seconds[1], speed = (double)job->steps / sampling;
    if (kmc) printf("speed                %.4g events/s, %.4g events/s on each rank\n", speed, speed / ranks);
    else if (job->steps) /* none where all was done but for the last word */
        printf("speed                %.4g sweeps/s: %.4g million attempts/s on each rank\n", speed,
               speed * job->lattice.core_sites / 1e6 / ranks);
    if (kmc || job->steps)
        printf("seconds              %.3g set-up, %.3g sampling (%.1f %% of it displacements), %.3g output\n",
               job->set_up_seconds, sampling, 100 * seconds[0] / sampling, seconds[1]);
    nixe_checkpoint_print(&job->checkpoint);
    printf("wrote %s\n", job->file.path);
    return NIXE_OK;
}
