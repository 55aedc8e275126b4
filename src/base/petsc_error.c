/* PETSc and SLEPc errors as nixe statuses. Not collective. */
#include "nixe/base/petsc_error.h"

#include <string.h>

nixe_status nixe_petsc_status(PetscErrorCode code, const char *call) {
    if (!code) return NIXE_OK;
    const char *text = NULL;
    PetscErrorMessage(code, &text, NULL);
    return nixe_fail(NIXE_FAILED, "PETSc: %.*s: %s (error %d)", (int)strcspn(call, "("), call, text ? text : "failed",
                     (int)code);
}

PetscErrorCode nixe_petsc_quiet(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                                PetscErrorType type, const char *text, void *context) {
    (void)comm, (void)line, (void)function, (void)file, (void)type, (void)text, (void)context;
    return code;
}
