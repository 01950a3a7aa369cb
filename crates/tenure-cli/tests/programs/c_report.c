// mallinfo, mallinfo2, malloc_info, malloc_stats, malloc_trim, mallopt.
#include "checks.h"
#include <malloc.h>

static void mallinfo_follows_what_is_live(void) {
    struct mallinfo2 before = mallinfo2();
    enum { N = 3000 };
    void *blocks[N];
    for (int i = 0; i < N; i++) blocks[i] = malloc(1000);
    void *huge = malloc(50 << 20);
    CHECK(huge != NULL);
    struct mallinfo2 during = mallinfo2();
    struct mallinfo narrow = mallinfo();
    CHECK(during.uordblks >= before.uordblks + N * 1000);
    CHECK(during.hblks == before.hblks + 1);
    CHECK(during.hblkhd >= before.hblkhd + (50 << 20));
    CHECK(during.arena >= during.uordblks);
    CHECK((size_t)narrow.hblkhd == during.hblkhd);
    for (int i = 0; i < N; i++) free(blocks[i]);
    free(huge);
    struct mallinfo2 after = mallinfo2();
    CHECK(after.uordblks + N * 1000 <= during.uordblks);
    CHECK(after.hblks == before.hblks);
}

static void mallinfo_saturates(void) {
    void *huge = malloc((size_t)3 << 30);
    CHECK(huge != NULL);
    CHECK(mallinfo2().hblkhd >= (size_t)3 << 30);
    if (preloaded()) CHECK(mallinfo().hblkhd == INT_MAX);
    free(huge);
}

// Tags nest, attributes are quoted: enough of a parser to tell well-formed from not.
static int well_formed(const char *text) {
    char open[16][32];
    int depth = 0, elements = 0;
    for (const char *p = strchr(text, '<'); p; p = strchr(p, '<')) {
        const char *end = strchr(p, '>');
        char name[32];
        if (!end || sscanf(p + 1 + (p[1] == '/'), "%31[a-z]", name) != 1) return 0;
        int quotes = 0;
        for (const char *q = p; q < end; q++) quotes += *q == '"';
        if (quotes % 2) return 0;
        if (p[1] == '/') {
            if (depth == 0 || strcmp(open[--depth], name)) return 0;
        } else if (end[-1] != '/') {
            if (depth == 16 || (depth == 0 && elements)) return 0;
            strcpy(open[depth++], name);
        } else if (depth == 0) {
            return 0;
        }
        elements++;
        p = end;
    }
    return depth == 0 && elements > 3;
}

static void malloc_info_writes_xml(void) {
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    CHECK(malloc_info(0, file) == 0);
    fclose(file);
    CHECK(length > 0 && strncmp(text, "<malloc version=\"1\">", 20) == 0);
    CHECK(well_formed(text));
    CHECK(!well_formed("<a b=\"1\"><c></a></c>") && !well_formed("<a><b/><c/><d/>"));
    free(text);
    file = open_memstream(&text, &length);
    CHECK(malloc_info(1, file) == EINVAL);
    fclose(file);
    CHECK(length == 0);
    free(text);
}

static void malloc_stats_writes_to_stderr(void) {
    FILE *file = tmpfile();
    int saved = dup(2);
    fflush(stderr);
    dup2(fileno(file), 2);
    malloc_stats();
    fflush(stderr);
    dup2(saved, 2);
    CHECK(lseek(fileno(file), 0, SEEK_END) > 50);
    fclose(file);
}

static void trim_gives_memory_back(void) {
    enum { N = 40000 };
    static void *blocks[N];
    for (int i = 0; i < N; i++) blocks[i] = memset(malloc(1000), 1, 1000);
    for (int i = 0; i < N; i++) free(blocks[i]);
    int given = malloc_trim(0);
    CHECK(given == 0 || given == 1);
    CHECK(malloc_trim(0) == 0 || !preloaded());
}

int main(void) {
    const char *names[] = {"mallinfo", "mallinfo2", "malloc_info", "malloc_stats", "malloc_trim", "mallopt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) check_origin(names[i]);
    CHECK(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 1);
    CHECK(mallopt(M_ARENA_MAX, 2) == 1);
    mallinfo_follows_what_is_live();
    mallinfo_saturates();
    malloc_info_writes_xml();
    malloc_stats_writes_to_stderr();
    trim_gives_memory_back();
    return checks_end();
}
