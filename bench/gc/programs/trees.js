// Binary trees, as src/trees.rs has them.
class Node {
  constructor(left, right) { this.left = left; this.right = right; }
}
const make = (depth) =>
  depth === 0 ? new Node(null, null) : new Node(make(depth - 1), make(depth - 1));
const count = (node) => (node.left === null ? 1 : 1 + count(node.left) + count(node.right));

const deepest = Number(process.argv[2]);
let sum = count(make(deepest + 1));
const kept = make(deepest);
for (let depth = 4; depth <= deepest; depth += 2) {
  for (let turn = 0; turn < 1 << (deepest - depth + 4); turn++) sum += count(make(depth));
}
console.log(`sum ${sum + count(kept)}`);
