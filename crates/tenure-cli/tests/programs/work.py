import json, hashlib, random
random.seed(7)
data = {str(i): {"list": [random.random() for _ in range(i % 20)], "text": "x" * (i % 300)} for i in range(30000)}
text = json.dumps(data, sort_keys=True)
back = json.loads(text)
assert back == data
rows = sorted(back.items(), key=lambda item: (len(item[1]["text"]), sum(item[1]["list"])))
again = json.dumps(rows)
print(len(text), hashlib.sha256(again.encode()).hexdigest())
class Node:
    def __init__(self, left, right): self.left, self.right = left, right
def tree(depth): return Node(tree(depth - 1), tree(depth - 1)) if depth else None
def count(node): return 1 + count(node.left) + count(node.right) if node else 0
print(sum(count(tree(12)) for _ in range(5)))
