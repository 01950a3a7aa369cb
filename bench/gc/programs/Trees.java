/** Binary trees, as src/trees.rs has them. */
final class Trees {
    private record Node(Node left, Node right) {
        int count() {
            return left == null ? 1 : 1 + left.count() + right.count();
        }
    }

    private static Node make(int depth) {
        return depth == 0 ? new Node(null, null) : new Node(make(depth - 1), make(depth - 1));
    }

    public static void main(String[] args) {
        int deepest = Integer.parseInt(args[0]);
        long sum = make(deepest + 1).count();
        Node kept = make(deepest);
        for (int depth = 4; depth <= deepest; depth += 2) {
            for (int turn = 0; turn < 1 << (deepest - depth + 4); turn++) {
                sum += make(depth).count();
            }
        }
        System.out.println("sum " + (sum + kept.count()));
    }
}
