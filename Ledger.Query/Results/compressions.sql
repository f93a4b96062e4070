-- table: compressions
-- kind: fact
-- key: position
-- index: run
-- about: One row per compression step that came to its end.
-- position            | bigint           |       | identity | Place of the event in the ledger.
-- recorded_at         | timestamptz      |       | identity | When the server gave the event its position.
-- run                 | text             |       | identity | Id of the run.
-- step                | text             |       | identity | Path of the step.
-- architecture_digest | text             |       | computed | SHA-256 of the network's graph.
-- weights_digest      | text             |       | computed | SHA-256 of its weights.
-- method              | text             |       | computed | magnitude, n-m, learned-scores, filter, neuron, svd, ptq or qat.
-- requested           | double precision |       | computed | What was asked for: ratio removed, bits, rank, energy kept, or tail.
-- achieved            | double precision |       | computed | What came out, in the same unit.
-- parameters          | bigint           | count | computed | Weights and biases of the compressed network.
-- nonzero_parameters  | bigint           | count | computed | Those that are not zero.
-- forward_difference  | double precision |       | computed | Largest difference of logits against the masked network; null where they need not agree.
-- gradient_evaluations | bigint          | count | computed | Forward-backward passes of the trainings inside; null where it trains nothing.
-- seconds             | double precision | s     | observed | Wall time.
select e.position, e.recorded_at, e.id as run, e.data->>'step' as step,
       e.data #>> '{model,architecture,digest}' as architecture_digest,
       e.data #>> '{model,weights,digest}' as weights_digest,
       e.data->>'method' as method,
       (e.data->>'requested')::double precision as requested,
       (e.data->>'achieved')::double precision as achieved,
       (e.data->>'parameters')::bigint as parameters,
       (e.data->>'nonzeroParameters')::bigint as nonzero_parameters,
       (e.data->>'forwardDifference')::double precision as forward_difference,
       (e.data->>'gradientEvaluations')::bigint as gradient_evaluations,
       (e.data->>'seconds')::double precision as seconds
from events.run_compression_completed e
where e.position > :from and e.position <= :to
