/* Binary trees, as src/trees.rs has them, on the collector of Boehm, Demers and Weiser. */
#include <gc.h>
#include <stdio.h>
#include <stdlib.h>

struct node { struct node *left, *right; };

static struct node *make(int depth)
{
    struct node *made = GC_MALLOC(sizeof *made);
    if (depth > 0) {
        made->left = make(depth - 1);
        made->right = make(depth - 1);
    }
    return made;
}

static int count(const struct node *node)
{
    return node->left ? 1 + count(node->left) + count(node->right) : 1;
}

int main(int argc, char **argv)
{
    GC_INIT();
    int deepest = argc > 1 ? atoi(argv[1]) : 18;
    long sum = count(make(deepest + 1));
    struct node *volatile kept = make(deepest);
    for (int depth = 4; depth <= deepest; depth += 2)
        for (int turn = 0; turn < 1 << (deepest - depth + 4); turn++)
            sum += count(make(depth));
    printf("sum %ld\n", sum + count(kept));
    return 0;
}
