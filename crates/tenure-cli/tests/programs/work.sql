CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, value REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
  INSERT INTO t SELECT i, 'name ' || (i * 7919 % 100003), i * 0.5 FROM n;
CREATE INDEX by_name ON t(name);
SELECT count(*), sum(value), min(name), max(name) FROM t;
SELECT name, count(*), avg(value) FROM t GROUP BY name ORDER BY 2 DESC, 1 LIMIT 20;
DELETE FROM t WHERE id % 3 = 0;
SELECT count(*), sum(length(name)) FROM t JOIN (SELECT id AS other FROM t WHERE id < 5000) ON other = id;
