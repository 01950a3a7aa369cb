-- Tables in memory: filled, indexed, joined, changed and vacuumed. :n is how many rows.
CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, city INTEGER, note TEXT);
CREATE TABLE city(id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE visit(person INTEGER, city INTEGER, day INTEGER);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
INSERT INTO city SELECT i, 'city ' || i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :n)
INSERT INTO person
SELECT i, 'person ' || (i * 7919 % :n), i * 31 % 500 + 1, substr('a note of some length', 1, i % 20)
FROM n;
INSERT INTO visit SELECT id, (id * 17) % 500 + 1, id % 365 FROM person;
COMMIT;
CREATE INDEX person_by_name ON person(name);
CREATE INDEX visit_by_city ON visit(city, day);
SELECT city.name, count(*), max(person.name)
FROM person JOIN city ON city.id = person.city GROUP BY city.id ORDER BY 2 DESC LIMIT 5;
SELECT count(*) FROM visit JOIN person ON person.id = visit.person
WHERE visit.day < 100 AND person.name > 'person 5';
SELECT sum(length(names)) FROM
(SELECT group_concat(person.name) AS names FROM person GROUP BY person.city);
UPDATE person SET note = note || name WHERE id % 3 = 0;
DELETE FROM visit WHERE day % 4 = 1;
VACUUM;
SELECT count(*), sum(length(note)) FROM person;
