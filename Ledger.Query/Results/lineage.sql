-- table: lineage
-- kind: view
-- key: run, step, ancestor
-- about: Every step a step rests on, itself included, along the data dependence, with where each was computed.
-- run          | text    |       | identity | Id of the run.
-- step         | text    |       | identity | Path of the step.
-- ancestor     | text    |       | identity | Path of a step of the same run it rests on.
-- role         | text    |       | computed | Role in which the ancestor first enters; null for the step itself.
-- distance     | integer | count | computed | Steps between them; 0 for the step itself.
-- kind         | text    |       | computed | Kind of the ancestor.
-- state        | text    |       | identity | State of the ancestor.
-- origin_run   | text    |       | identity | Run that computed the ancestor's result.
-- origin_step  | text    |       | identity | Step that computed it.
-- artifacts    | text    |       | computed | Digests of what it made, by role.
with recursive up as (
    select s.run, s.step, s.step as ancestor, null::text as role, 0 as distance from results.steps s
    union
    select u.run, u.step, i.value, coalesce(u.role, i.key), u.distance + 1
    from up u
    join results.steps s on s.run = u.run and s.step = u.ancestor
    cross join lateral jsonb_each_text(s.inputs) i
    where u.distance < 64
), nearest as (
    select distinct on (run, step, ancestor) * from up
    order by run, step, ancestor, distance, role
), made as (
    select a.run, a.step, string_agg(a.role || ' ' || a.digest, ', ' order by a.role collate "C") as artifacts
    from results.artifacts a group by a.run, a.step
)
select n.run, n.step, n.ancestor, n.role, n.distance, s.kind, s.state, o.origin_run, o.origin_step, m.artifacts
from nearest n
join results.steps s on s.run = n.run and s.step = n.ancestor
join results.origins o on o.run = n.run and o.step = n.ancestor
left join made m on m.run = o.origin_run and m.step = o.origin_step
