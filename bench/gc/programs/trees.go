// Binary trees, as src/trees.rs has them.
package main

import (
	"fmt"
	"os"
	"strconv"
)

type node struct{ left, right *node }

func make_(depth int) *node {
	if depth == 0 {
		return &node{}
	}
	return &node{make_(depth - 1), make_(depth - 1)}
}

func (n *node) count() int {
	if n.left == nil {
		return 1
	}
	return 1 + n.left.count() + n.right.count()
}

func main() {
	deepest, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	sum := make_(deepest + 1).count()
	kept := make_(deepest)
	for depth := 4; depth <= deepest; depth += 2 {
		for turn := 0; turn < 1<<(deepest-depth+4); turn++ {
			sum += make_(depth).count()
		}
	}
	fmt.Println("sum", sum+kept.count())
}
