; A round makes lists, sorts them, ties rings, counts in closures, and keeps a tree up to date.

(define list-of (lambda (n seed tail)
  (if (eq? n 0) tail
    (list-of (- n 1) (remainder (+ (+ seed seed) (+ seed 7919)) 65537) (cons seed tail)))))

(define fold (lambda (f value list)
  (if (pair? list) (fold f (f value (car list)) (cdr list)) value)))

(define split (lambda (list left right)
  (if (pair? list) (split (cdr list) (cons (car list) right) left) (cons left right))))

(define merge (lambda (left right)
  (if (pair? left)
    (if (pair? right)
      (if (< (car left) (car right))
        (cons (car left) (merge (cdr left) right))
        (cons (car right) (merge left (cdr right))))
      left)
    right)))

(define sort (lambda (list)
  (if (pair? list)
    (if (pair? (cdr list))
      ((lambda (halves) (merge (sort (car halves)) (sort (cdr halves)))) (split list nil nil))
      list)
    list)))

; A ring of n pairs: nobody but its own members holds it when the round is over.
(define last (lambda (list) (if (pair? (cdr list)) (last (cdr list)) list)))
(define ring (lambda (n) ((lambda (list) (begin (set-cdr! (last list) list) list))
                          (list-of n 1 nil))))
(define around (lambda (ring n sum)
  (if (eq? n 0) sum (around (cdr ring) (- n 1) (+ sum (car ring))))))

(define counter (lambda () ((lambda (n) (lambda () (set! n (+ n 1)))) 0)))
(define repeat (lambda (n f value) (if (eq? n 0) value (repeat (- n 1) f (f)))))

; A tree of pairs that lives as long as the program; each round replaces one of its leaves.
(define tree (lambda (depth) (if (eq? depth 0) (cons 0 nil)
                               (cons (tree (- depth 1)) (tree (- depth 1))))))
(define kept (tree 14))
(define put! (lambda (at depth node value)
  (if (eq? depth 0) (begin (set-car! node value) (set-cdr! node (cons value nil)))
    (if (eq? (remainder at 2) 0)
      (put! (+ at 1) (- depth 1) (car node) value)
      (put! (remainder (+ at 3) 7) (- depth 1) (cdr node) value)))))

; What is held as long as the turn: a port, and a list that is remembered weakly.
(define port nil)
(define table nil)
(define known (lambda (key)
  ((lambda (found) (if (pair? found) (car found) 0)) (recall key))))

(define turn 0)
(define round (lambda () (begin
  (set! turn (+ turn 1))
  (set! port (open-port))
  (set! table (list-of 8 turn nil))
  (remember! turn table)
  (remember! (- 0 turn) (list-of 8 turn nil))
  (put! turn 14 kept (sort (list-of 60 turn nil)))
  (+ (+ (known turn) (remainder (port-number port) 7))
  (+ (fold + 0 (sort (list-of 200 turn nil)))
     (+ (around (ring 40) 100 0)
        (repeat 50 (counter) 0)))))))
