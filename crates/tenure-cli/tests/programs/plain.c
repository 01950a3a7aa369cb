// Work for a C compiler: a little of everything, no headers.
typedef struct Node { struct Node *left, *right; int key, values[16]; } Node;
static int table[256][8];
#define ROW(n) int row_##n(int x) { int s = n; for (int i = 0; i < 8; i++) s = s * 31 + table[(x + n) & 255][i] * i; return s; }
#define ROWS(n) ROW(n##0) ROW(n##1) ROW(n##2) ROW(n##3) ROW(n##4) ROW(n##5) ROW(n##6) ROW(n##7) ROW(n##8) ROW(n##9)
ROWS(1) ROWS(2) ROWS(3) ROWS(4) ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9)
int depth(const Node *node) {
    if (!node) return 0;
    int left = depth(node->left), right = depth(node->right);
    return 1 + (left > right ? left : right);
}
int sum(const Node *node) {
    int total = 0;
    for (; node; node = node->right) {
        total += sum(node->left);
        for (int i = 0; i < 16; i++) total += node->values[i] ^ node->key;
    }
    return total;
}
