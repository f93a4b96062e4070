-- table: replays
-- kind: view
-- key: replay
-- about: One row per replay: the run it carried out again, and how it came out.
-- replay      | text        |  | identity | Id of the run that is the replay.
-- original    | text        |  | identity | Id of the run it replays.
-- experiment  | text        |  | identity | Id of their experiment.
-- whole       | boolean     |  | computed | Whether every step of the original was carried out again; false of a replay of some steps.
-- same_class  | boolean     |  | identity | Whether both were computed in one class of environment, within which equal bits are promised.
-- verdict     | text        |  | computed | identical, close, diverged or not-comparable; null until judged.
-- state       | text        |  | identity | State of the replay.
-- ended_at    | timestamptz |  | identity | When it reached its last state, if that is a final one.
-- position    | bigint      |  | identity | Position of its last event.
select r.run as replay, o.run as original, o.experiment, r.steps = o.steps as whole,
       r.environment_class is not distinct from o.environment_class as same_class,
       r.replay_verdict as verdict, r.state, r.ended_at, r.position_to as position
from results.runs r join results.runs o on o.run = r.replay_of
