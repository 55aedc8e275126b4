/* HDF5: its failures as sentences. Not collective. */
#include "nixe/file/hdf5.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char nixe_hash_name[] = "checksum";

/* Keep the innermost description of HDF5's stack of errors that says more than that a call failed: the walk begins there. */
static herr_t keep_innermost(unsigned number, const H5E_error2_t *error, void *text) {
    if (number == 0 && error->desc) snprintf(text, 256, "%s", error->desc);
    return 0;
}

/* HDF5's own reason, in our words where it carries a number of errno. */
static void find_reason(char reason[256]) {
    reason[0] = '\0';
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, reason);
    const char *number = strstr(reason, "errno = ");
    const int code = number ? atoi(number + strlen("errno = ")) : 0;
    if (code > 0) snprintf(reason, 256, "%s", strerror(code));
    reason[strcspn(reason, "\n")] = '\0';
}

nixe_status nixe_hdf5_status(long long value, const char *call) {
    char reason[256];
    if (value >= 0) return NIXE_OK;
    find_reason(reason);
    if (strstr(call, " = H5")) call = strstr(call, " = H5") + strlen(" = "); /* "type = H5Tcopy(...)" */
    return nixe_fail(NIXE_FAILED, "HDF5: %.*s failed%s%s", (int)strcspn(call, "("), call, *reason ? ": " : "", reason);
}
