/* HDF5: its failures as sentences. Not collective. */
#include "nixe/file/hdf5.h"

#include <string.h>

nixe_status nixe_hdf5_status(long long value, const char *call) {
    if (value >= 0) return NIXE_OK;
    return nixe_fail(NIXE_FAILED, "HDF5: %.*s failed; is the disk full, or has the file's folder gone?",
                     (int)strcspn(call, "("), call);
}
