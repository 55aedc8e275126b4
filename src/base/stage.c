/* Stage: the parts of a run by which PETSc's -log_view lists times and flops. Nothing here is collective. */
#include "nixe/base/stage.h"

#include <petscsys.h>

/* Make the stages known, and enter each once: the list has the names of those alone that rank 0 has been in. */
static PetscErrorCode make_known(PetscLogStage known[NIXE_STAGES]) {
    static const char *const name[NIXE_STAGES] = {"set-up", "solve", "sampling", "observables", "output"};
    PetscErrorCode code = 0;
    for (int s = 0; s < NIXE_STAGES && !code; s++) {
        code = PetscLogStageRegister(name[s], &known[s]);
        if (!code) code = PetscLogStagePush(known[s]);
        if (!code) code = PetscLogStagePop();
    }
    return code;
}

/* Without PETSc, as in tests of single rooms, and after a failure of its own log, nothing is listed. */
void nixe_stage_begin(nixe_stage stage) {
    static PetscLogStage known[NIXE_STAGES];
    static int are_known;
    PetscErrorCode code = 0;
    if (!PetscInitializeCalled || PetscFinalizeCalled) return;
    if (!are_known) code = make_known(known);
    are_known = 1;
    if (!code) (void)PetscLogStagePush(known[stage]);
}

void nixe_stage_end(void) {
    if (PetscInitializeCalled && !PetscFinalizeCalled) (void)PetscLogStagePop();
}
