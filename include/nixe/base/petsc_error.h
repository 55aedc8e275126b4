/* PETSc and SLEPc errors as nixe statuses; for the few files that speak to these libraries. */
#ifndef NIXE_BASE_PETSC_ERROR_H
#define NIXE_BASE_PETSC_ERROR_H

#include <petscsys.h>

#include "nixe/base/error.h"

#if defined(PETSC_USE_COMPLEX) || !defined(PETSC_USE_REAL_DOUBLE)
#error "nixe needs a PETSc of real numbers in double precision, and this one has other numbers: set PETSC_DIR and PETSC_ARCH"
#endif

/* Turn the return value of a PETSc call into a status with PETSc's own explanation. */
nixe_status nixe_petsc_status(PetscErrorCode code, const char *call);
#define NIXE_PETSC(call) NIXE_TRY(nixe_petsc_status((call), #call))

/* A handler of errors for PetscPushErrorHandler() that prints nothing: the return values are what nixe listens to. PETSc's
 * own has gone in 3.25. */
PetscErrorCode nixe_petsc_quiet(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                                PetscErrorType type, const char *text, void *context);

#endif
