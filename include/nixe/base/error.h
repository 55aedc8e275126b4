/* Status codes and the one sentence that goes with a failure.
 *
 * Every nixe function that can fail returns a nixe_status. The function that finds the failure says what happened with
 * nixe_fail(); everybody above hands the status on with NIXE_TRY() and main() prints the sentence, once. After a failure the
 * process ends, and its memory is left to that: nothing is freed on the way.
 * Nothing here is collective: how the ranks agree on a failure is in parallel.h. */
#ifndef NIXE_BASE_ERROR_H
#define NIXE_BASE_ERROR_H

typedef enum {
    NIXE_OK = 0,
    NIXE_FAILED = 1,  /* anything that is not the user's fault: memory, disk, a library */
    NIXE_REFUSED = 2, /* bad input; found before any work */
    NIXE_STOPPED = 3, /* stopped early on request; the run can be resumed */
} nixe_status;

/* Bytes of a sentence, at the most: it may name two paths of 4096. */
#define NIXE_SENTENCE 9216

/* Remember a failure's sentence (printf style, without a full stop or newline) and return `status`.
 * The first sentence is kept until nixe_status_clear(). It is one line, whatever is in the values that it names: control
 * characters and breaks of lines are escaped. */
nixe_status nixe_fail(nixe_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The sentence of the last failure of this rank; "" if there was none. */
const char *nixe_status_message(void);

/* Forget the last failure, where a caller has dealt with it. */
void nixe_status_clear(void);

/* Hand a failure on to the caller. */
#define NIXE_TRY(call)                                 \
    do {                                               \
        nixe_status nixe_try_status_ = (call);         \
        if (nixe_try_status_) return nixe_try_status_; \
    } while (0)

/* What only a mistake in nixe can break: says so and ends the process, and with it the run, before a number is computed. */
#define NIXE_REQUIRE(condition, sentence)     \
    do {                                      \
        if (!(condition)) nixe_end(sentence); \
    } while (0)
void nixe_end(const char *sentence) __attribute__((noreturn));

/* Zeroed memory for `count` elements of `size` bytes, from a cache line on, with the failure reported; `what` names the array.
 * Sets *pointer; a count of 0 gives a valid pointer. */
nixe_status nixe_allocate(void *pointer, long long count, long long size, const char *what);

/* Return to the system what has been freed, where the C library would keep it: after a set-up, a hundred megabytes. */
void nixe_return_freed(void);

#endif
