/* Tenure for C and C++ programs: heaps that are values, and what the whole heap holds.
 *
 * The functions are in libtenure.so, whose path `tenure lib` prints: link it by path and let the
 * loader search its folder (-Wl,-rpath), or declare those that you use weak, test them for NULL and
 * run the program under `tenure run` or LD_PRELOAD.
 * This file is made by `cargo xtask header` out of crates/tenure-preload/src.
 */

#ifndef TENURE_H
#define TENURE_H

#include <stddef.h>
#include <stdint.h>

/**
 * A heap of its own: blocks that can be freed one by one or all at once, and that count against a
 * limit. Any thread may use it. Which thread frees a block does not matter, and `free` and
 * `realloc` take its blocks too.
 */
typedef struct tenure_heap tenure_heap;

/**
 * The numbers of one heap.
 */
typedef struct tenure_heap_stats_t {
  /**
   * Blocks in use.
   */
  uint64_t live_blocks;
  /**
   * Their usable bytes.
   */
  uint64_t live_bytes;
  /**
   * Bytes held for blocks, in use or free: what the limit holds.
   */
  uint64_t held_bytes;
  /**
   * The most that this has been.
   */
  uint64_t held_peak_bytes;
  /**
   * The most that it may be; UINT64_MAX for no limit.
   */
  uint64_t limit_bytes;
  /**
   * Blocks handed out since the heap was made.
   */
  uint64_t allocations;
  /**
   * Requests that failed for the limit.
   */
  uint64_t refusals;
} tenure_heap_stats_t;

/**
 * Asked when a request of `size` bytes meets the limit of `heap`. It may free blocks of the heap
 * and give 1: the request is tried again, at most 16 times. On 0 the request fails. Called on the
 * thread that allocates, without any lock.
 */
typedef int (*tenure_limit_callback)(struct tenure_heap *heap, size_t size, void *context);

/**
 * The numbers of the memory of the whole process that Tenure manages, in bytes where they end so.
 */
typedef struct tenure_usage_t {
  /**
   * Memory that may hold something: in use or kept for later.
   */
  uint64_t held_bytes;
  /**
   * The most that this has been.
   */
  uint64_t held_peak_bytes;
  /**
   * Usable bytes of blocks in use.
   */
  uint64_t live_bytes;
  /**
   * Blocks in use.
   */
  uint64_t live_blocks;
  /**
   * Free memory that is kept and could be given back at once.
   */
  uint64_t cached_bytes;
  /**
   * Address space reserved for blocks.
   */
  uint64_t reserved_bytes;
} tenure_usage_t;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * A heap without a limit; NULL when there is no memory for its books (about 10 KiB). The first 32
 * bytes of `name`, which may be NULL, are kept.
 *
 * The caller sees to it:
 * * `name` is NULL or a string that ends in a zero byte.
 */
struct tenure_heap *tenure_heap_new(const char *name);

/**
 * A heap that never holds more than `limit_bytes`.
 *
 * The caller sees to it:
 * * As for `tenure_heap_new`.
 */
struct tenure_heap *tenure_heap_new_limited(const char *name, size_t limit_bytes);

/**
 * Ends a heap and gives back all of its blocks at once, without a look at them. NULL and a heap
 * that is destroyed already do nothing.
 *
 * The caller sees to it:
 * * Nobody uses the heap or a block of it any more.
 */
void tenure_heap_destroy(struct tenure_heap *heap);

/**
 * A block of at least `size` bytes at a multiple of 16. NULL with `errno` set: ENOMEM when the
 * limit or the memory does not allow it, EINVAL for a heap that has been destroyed.
 */
void *tenure_heap_malloc(struct tenure_heap *heap, size_t size);

/**
 * As `tenure_heap_malloc` for `count` times `size` bytes, all zero.
 */
void *tenure_heap_calloc(struct tenure_heap *heap, size_t count, size_t size);

/**
 * A block of at least `size` bytes that begins with the bytes of `block`, which is given back if
 * it is another one. On failure NULL, and `block` stays. It stays in the heap that it is of. NULL
 * for `block` allocates from `heap`; a size of 0 gives a block of its own.
 *
 * The caller sees to it:
 * * `block` is a block in use or NULL, and is used no more unless NULL is returned.
 */
void *tenure_heap_realloc(struct tenure_heap *heap, void *block, size_t size);

/**
 * As `tenure_heap_malloc`, at a multiple of `alignment`; EINVAL when that is no power of two.
 */
void *tenure_heap_aligned_alloc(struct tenure_heap *heap, size_t alignment, size_t size);

/**
 * Gives a block back, on any thread. `free` does the same; this is quicker on the thread that
 * allocated. NULL does nothing.
 *
 * The caller sees to it:
 * * `block` is a block in use or NULL, and is used no more.
 */
void tenure_heap_free(struct tenure_heap *heap, void *block);

/**
 * Bytes of a block in use, at least what was asked for; 0 for NULL.
 *
 * The caller sees to it:
 * * `block` is a block in use or NULL.
 */
size_t tenure_heap_usable_size(const void *block);

/**
 * Whether a block of the heap that is in use starts at `block`, which may be any address.
 */
int tenure_heap_contains(struct tenure_heap *heap, const void *block);

/**
 * Writes the numbers of the heap to `stats`. Gives 1, or 0 for a heap that has been destroyed.
 * While other threads work with the heap the numbers are near the truth.
 *
 * The caller sees to it:
 * * `stats` can be written to.
 */
int tenure_heap_stats(struct tenure_heap *heap, struct tenure_heap_stats_t *stats);

/**
 * Changes the limit; SIZE_MAX takes it away. What is held beyond it stays.
 */
void tenure_heap_set_limit(struct tenure_heap *heap, size_t limit_bytes);

/**
 * Chooses what is asked when a request meets the limit, and what it is passed; NULL: nothing, the
 * request fails.
 */
void tenure_heap_set_limit_callback(struct tenure_heap *heap,
                                    tenure_limit_callback callback,
                                    void *context);

/**
 * Gives memory that holds no block back to the kernel. Returns the bytes given.
 */
size_t tenure_trim(void);

/**
 * Writes the numbers of the whole process to `usage`. While other threads run they are near the
 * truth.
 *
 * The caller sees to it:
 * * `usage` can be written to.
 */
void tenure_usage(struct tenure_usage_t *usage);

/**
 * Writes down every block in use and from where it can be reached, as `tenure leaks` and `tenure
 * holders` read it, beside the record of this process. The threads stand still for a few
 * milliseconds; a copy of the process does the rest.
 *
 * Gives 1, or 0 where nothing is recorded or another look is under way.
 */
int tenure_look(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* TENURE_H */
