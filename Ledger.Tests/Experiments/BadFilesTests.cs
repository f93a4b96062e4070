using Ledger.Domain;
using Ledger.Runner.Experiments;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Experiments;

public class BadFilesTests
{
    private static readonly string Metrics = string.Join(", ", Ledger.Domain.Experiments.MeasureSpec.Names);

    /// <summary>What is changed in the small file → the problems, as <c>line:column path | found | expected | hint</c>.</summary>
    public static TheoryData<string, string, string> Slips => new()
    {
        { "ledger: 1", "ledger: 2", "1:9 ledger | 2 | the only choice: 1 | -" },
        { "ledger: 1\n", "", "1:1 - | no ledger | ledger: 1, the version of this format | -" },
        { "experiment: small", "experiment: my study", "2:13 experiment | my study | a name: letters, digits, - and _, starting with a letter or digit | -" },
        { "seeds: [1, 2]", "seeds: [1, 1]", "3:12 seeds[1] | 1 | each seed once | -" },
        { "seeds: [1, 2]", "seeds: 3", "3:8 seeds | 3 | a list of 1 to 1000 whole numbers, for example [1, 2, 3] | did you mean [3]?" },
        { "seeds: [1, 2]", "seeds: [-1, 010]", "3:9 seeds[0] | -1 | a whole number from 0 to 999999999999999 | -; 3:13 seeds[1] | 010 | a whole number from 0 to 999999999999999 | -" },
        { "seeds: [1, 2]", "seeds: [1]\nthreds: 2", "4:1 threds | unknown key threds | a key of an experiment: ledger, experiment, about, seeds, threads, scales, data, models, adversaries, recipes, matrix, steps, checks, show | did you mean threads?" },
        { "seeds: [1, 2]", "seeds: [1]\nseeds: [2]", "4:1 seeds | the same key again | each key once; the first is on line 3 | -" },
        { "source: fashion-mnist-sample", "source: fashion-mnist-sampel", "5:15 data.f.source | fashion-mnist-sampel | a folder (with a slash) or one of: cifar10, cifar10-jpeg, cifar100, fashion-mnist, fashion-mnist-sample, mnist | did you mean fashion-mnist-sample?" },
        { "mean: [0.5]", "mean: 0.5", "5:55 data.f.normalize.mean | 0.5 | a list of numbers, one per channel | did you mean [0.5]?" },
        { "std: [0.5]", "std: [0.5, 0.1]", "5:48 data.f.normalize | 1 means and 2 deviations | one of each per channel | -" },
        { "kind: small-cnn", "kind: resnet", "7:15 models.cnn.kind | resnet | one of: eight-layer-conv, mlp, resnet18, resnet-small, small-cnn, vgg16, vgg-small, wrn | did you mean resnet18?" },
        { "kind: small-cnn", "kind: mlp", "7:8 models.cnn | no hidden | hidden: widths of the hidden layers, for example [400] | -" },
        { "kind: small-cnn", "kind: small-cnn, ranks: 5", "7:26 models.cnn.ranks | unknown key ranks | a key of a model of kind small-cnn: kind, width, bias, rank, init | did you mean rank?" },
        { "kind: small-cnn", "kind: small-cnn, rank: none", "7:32 models.cnn.rank | none | a whole number from 1, or full | -" },
        { "kind: small-cnn", "kind: small-cnn, rank: 0.5", "7:32 models.cnn.rank | 0.5 | a whole number from 1 to 100000 | -" },
        { "kind: small-cnn", "kind: small-cnn, init: kaiming", "7:32 models.cnn.init | kaiming | one of: kaiming-normal, default | -" },
        { "kind: small-cnn", "kind: wrn", "7:8 models.cnn | no depth | depth: a depth of 10, 16, 22 … (6n + 4) | -; 7:8 models.cnn | no width | width: how many times as wide as the narrowest, for example 10 | -" },
        { "kind: small-cnn", "kind: wrn, width: 2, depth: 12", "7:37 models.cnn.depth | 12 | a depth of 10, 16, 22 … (6n + 4) | -" },
        { "kind: small-cnn", "kind: resnet18, bias: false", "7:25 models.cnn.bias | unknown key bias | a key of a model of kind resnet18: kind, width, rank, init | -" },
        { "normalize: {mean", "augment: flip, normalize: {mean", "5:46 data.f.augment | flip | a list such as [pad-crop 4, flip], or none | did you mean [flip]?" },
        { "normalize: {mean", "augment: [pad-crop, flop, flip, flip], normalize: {mean", "5:47 data.f.augment[0] | pad-crop | pad-crop and a whole number of pixels from 1 to 64, or flip | did you mean pad-crop?; 5:57 data.f.augment[1] | flop | pad-crop and a whole number of pixels from 1 to 64, or flip | did you mean flip?; 5:69 data.f.augment[3] | flip | flip once | -" },
        { "normalize: {mean", "augment: [pad-crop 4, pad-crop 2], normalize: {mean", "5:59 data.f.augment[1] | pad-crop 2 | pad-crop once | -" },
        { "normalize: {mean", "train: {random: 0}, normalize: {mean", "5:53 data.f.train.random | 0 | a fraction such as 0.1, or a number of examples | -" },
        { "normalize: {mean", "train: {random: 1.5}, normalize: {mean", "5:53 data.f.train.random | 1.5 | a whole number from 1 to 100000000 | -; 17:64 matrix.compress.int.calibrate.min-max | the first 64 | at most the 1 that data.f has in train | -" },
        { "normalize: {mean", "train: {random: 0.1, first: 5}, normalize: {mean", "5:58 data.f.train.first | unknown key first | a key of a part of a data set: random, seed | -" },
        { "normalize: {mean", "validation: {fraction: 0.1, count: 5}, normalize: {mean", "5:72 data.f.validation.count | 5 | one of count and fraction | -" },
        { "normalize: {mean", "validation: {fraction: 2}, normalize: {mean", "5:60 data.f.validation.fraction | 2 | a number above 0 and below 1 | -" },
        { "source: fashion-mnist-sample", "source: halfspace", "5:15 data.f.source | halfspace | what is generated, for example {halfspace: {dimension: 100, margin: 0.2, ...}} | -" },
        { "source: fashion-mnist-sample", "source: {half-space: {}}", "5:16 data.f.source.half-space | half-space | one of: two-gaussians, halfspace, low-rank | did you mean halfspace?" },
        { "source: fashion-mnist-sample", "source: {halfspace: {dimension: 100, margin: 0.6, train: 10, test: 10}}", "5:52 data.f.source.halfspace.margin | 0.6 | a number above 0 and at most 0.5 for this halfspace | -" },
        { "source: fashion-mnist-sample", "source: {low-rank: {dimension: 9, rank: 10, margin: 0.1, train: 10}}", "5:26 data.f.source.low-rank | no test | test: a number of examples | -; 5:47 data.f.source.low-rank.rank | 10 | a whole number from 1 to 9 | -" },
        { "eps: 8/255", "eps: 8", "9:26 adversaries.pgd.eps | 8 | a number above 0 and at most 1 for norm linf in space pixel | did you mean 8/255?" },
        { "eps: 8/255", "eps: 0.1.2", "9:26 adversaries.pgd.eps | 0.1.2 | a number above 0 and at most 1 for norm linf in space pixel, for example 0.1, 1e-3 or 8/255 | -" },
        { "norm: linf, eps: 8/255", "norm: l3, eps: 8/255", "9:15 adversaries.pgd.norm | l3 | one of: linf, l2 | did you mean l2?" },
        { "attack: pgd, steps: 3", "attack: apgd-ce, steps: 3", "9:41 adversaries.pgd.attack | apgd-ce | fgsm or pgd to train on | -" },
        { "attack: pgd, steps: 3", "worst-of: [fgsm, square]", "9:43 adversaries.pgd.worst-of | a list of 2 | fgsm or pgd to train on | -" },
        { "attack: pgd, steps: 3", "attack: pgd", "9:8 adversaries.pgd | no steps | steps: a whole number from 1 | -" },
        { "attack: pgd, steps: 3", "attack: pgd, steps: 3, step-size: 2*eps", "9:67 adversaries.pgd.step-size | 2*eps | a step size above 0: a number, eps/4 or 2.5*eps/steps | -" },
        { "attack: pgd, steps: 3", "attack: pgd, steps: 3, start: zero, restarts: 5", "9:79 adversaries.pgd.restarts | 5 | 1 with start: zero, which finds the same every time | -" },
        { "attack: pgd, steps: 3", "attack: pgd, steps: 3, clip: yes", "9:62 adversaries.pgd.clip | yes | [0, 1] or none | -" },
        { "attack: pgd, steps: 3", "attack: pgd, steps: 3, threat: fgsm", "9:9 adversaries.pgd.norm | unknown key norm | a key of an adversary whose threat is named, attack pgd: threat, attack, steps, step-size, start, restarts, loss | -; 9:21 adversaries.pgd.eps | unknown key eps | a key of an adversary whose threat is named, attack pgd: threat, attack, steps, step-size, start, restarts, loss | -; 9:64 adversaries.pgd.threat | fgsm | an entry of adversaries that is only a threat (norm, eps, space, clip) | -" },
        { "attack: pgd, steps: 3", "attack: pgd, steps: 3, start: zero, loss: kl", "9:75 adversaries.pgd.loss | kl | another loss with start: zero, where the divergence from the example is flat | start: {normal: 0.001}" },
        { "attack: pgd, steps: 3", "attack: pgd, steps: 3, start: normal, loss: cw", "9:63 adversaries.pgd.start | normal | one of: random, zero, sphere, or {normal: 0.001} | -; 9:77 adversaries.pgd.loss | cw | one of: ce, kl, margin, dlr | did you mean ce?" },
        { "attack: pgd, steps: 3", "attack: pgd, steps: 3, start: {normal: 0}", "9:72 adversaries.pgd.start.normal | 0 | a number above 0 and at most 100 | -" },
        { "attack: fgsm}", "attack: apgd-c}", "10:40 adversaries.fgsm.attack | apgd-c | one of: fgsm, pgd, apgd-ce, apgd-dlr, apgd-t, fab, fab-t, deepfool, noise, square, autoattack-standard, autoattack-plus, uap, sgd-uap | did you mean apgd-ce?" },
        { "attack: fgsm}", "attack: apgd-ce, step-size: 0.1}", "10:49 adversaries.fgsm.step-size | unknown key step-size | a key of an adversary with attack apgd-ce: norm, space, eps, clip, attack, steps, restarts | -" },
        { "attack: fgsm}", "attack: square, queries: 0, p-init: 2}", "10:57 adversaries.fgsm.queries | 0 | a whole number from 1 to 1000000 | -; 10:68 adversaries.fgsm.p-init | 2 | a number above 0 and at most 1 | -" },
        { "attack: fgsm}", "attack: autoattack-standard, steps: 10}", "10:61 adversaries.fgsm.steps | unknown key steps | a key of an adversary with attack autoattack-standard: norm, space, eps, clip, attack | -" },
        { "attack: fgsm}", "attack: fab, eta: 0.9, goal: both}", "10:50 adversaries.fgsm.eta | 0.9 | a number from 1 to 10 | -; 10:61 adversaries.fgsm.goal | both | one of: threat, distance | -" },
        { "attack: fgsm}", "attack: fab, targets: 3}", "10:45 adversaries.fgsm.targets | unknown key targets | a key of an adversary with attack fab: norm, space, eps, clip, attack, steps, alpha-max, eta, beta, restarts, goal | -" },
        { "attack: fgsm}", "attack: noise}", "10:9 adversaries.fgsm | no draws | draws: a number of random perturbations | -" },
        { "attack: fgsm}", "attack: uap}", "10:9 adversaries.fgsm | no fit-on | fit-on: the examples it is fitted to, for example {fmnist.train: {first: 2000}} | -" },
        { "attack: fgsm}", "attack: sgd-uap, fit-on: f.test, decay: 0}", "10:57 adversaries.fgsm.fit-on | f.test | a data set and its split: f.train, f.validation | -; 10:72 adversaries.fgsm.decay | 0 | a number above 0 and at most 1 | -" },
        { "attack: fgsm}", "worst-of: [fgsm, sgd-uap]}", "10:49 adversaries.fgsm.worst-of[1] | sgd-uap | one of: fgsm, pgd, apgd-ce, apgd-dlr, apgd-t, fab, fab-t, deepfool, noise, square, autoattack-standard, autoattack-plus | -" },
        { "attack: fgsm}", "worst-of: [apgd-ce]}", "10:42 adversaries.fgsm.worst-of | a list of 1 | a list of 2 to 16 attacks, for example [apgd-ce, apgd-t] | -" },
        { "attack: fgsm}", "worst-of: [apgd, {attack: apgd-t, target: 3}]}", "10:43 adversaries.fgsm.worst-of[0] | apgd | one of: fgsm, pgd, apgd-ce, apgd-dlr, apgd-t, fab, fab-t, deepfool, noise, square, autoattack-standard, autoattack-plus | did you mean pgd?; 10:66 adversaries.fgsm.worst-of[1].target | unknown key target | a key of a part with attack apgd-t; the threat is the adversary's: attack, steps, restarts, targets | did you mean targets?" },
        { "attack: fgsm}", "worst-of: [fgsm, {attack: square, eps: 0.2}]}", "10:66 adversaries.fgsm.worst-of[1].eps | unknown key eps | a key of a part with attack square; the threat is the adversary's: attack, queries, p-init, restarts, rescale | -" },
        { "attack: fgsm}", "worst-of: [fgsm, pgd]}", "10:49 adversaries.fgsm.worst-of[1] | no steps | steps: a whole number from 1 | -" },
        { "attack: fgsm}", "attack: fgsm, worst-of: [fgsm, square]}", "10:56 adversaries.fgsm.worst-of | attack and worst-of in one | one of them; an ensemble has both in its worst-of | -" },
        { "attack: fgsm}", "transfer: fgsm}", "22:9 steps.weak | an attack that transfers (fgsm), and no parent | parent: the step whose network its perturbations are found on | -" },
        { "attack: fgsm}", "worst-of: [fgsm, {transfer: {attack: square}}]}", "10:69 adversaries.fgsm.worst-of[1].transfer.attack | square | one of: fgsm, pgd, apgd-ce, apgd-dlr, apgd-t | -; 22:9 steps.weak | an attack that transfers (fgsm), and no parent | parent: the step whose network its perturbations are found on | -" },
        { "attack: fgsm}", "transfer: {worst-of: [fgsm, apgd-ce]}}", "10:53 adversaries.fgsm.transfer.worst-of | an ensemble or transfer to be transferred | one of fgsm, pgd, apgd-ce, apgd-dlr, apgd-t; a worst-of may have several transfers | -; 22:9 steps.weak | an attack that transfers (fgsm), and no parent | parent: the step whose network its perturbations are found on | -" },
        { "attack: fgsm}", "attack: fgsm, steps: 3}", "10:46 adversaries.fgsm.steps | unknown key steps | a key of an adversary with attack fgsm: norm, space, eps, clip, attack | -" },
        { "adam: {lr", "adma: {lr", "12:21 recipes.fit.optimizer.adma | adma | one of: sgd, adam, adamw | did you mean adam?" },
        { "{adam: {lr: 1e-3}}", "{sgd: {lr: 0.1, nesterov: true}}", "12:46 recipes.fit.optimizer.sgd.nesterov | true | a momentum above 0 beside nesterov | -" },
        { "batch: 128", "batch: 0", "12:47 recipes.fit.batch | 0 | a whole number from 1 to 1000000 | -" },
        { "epochs: 10", "epochs: no", "12:60 recipes.fit.epochs | no | a whole number from 1 to 100000 | -" },
        { "epochs: 10", "epochs: 10, emma: 0.99", "12:64 recipes.fit.emma | unknown key emma | a key of a recipe: optimizer, batch, epochs, schedule, loss, keep, stop, ema, renormalize, decay, clip-gradient, like | did you mean ema?" },
        { "epochs: 10", "epochs: 10, keep: best", "12:70 recipes.fit.keep | best | one of: last, best-validation-loss, best-validation-accuracy | -" },
        { "epochs: 10", "epochs: 10, keep: best-validation-loss", "19:9 steps.base | a recipe that looks at validation examples, of which the data have none | validation: {count: 1000} in the data set | -; 21:10 steps.tuned | a recipe that looks at validation examples, of which the data have none | validation: {count: 1000} in the data set | -" },
        { "epochs: 10", "epochs: 10, ema: 0.9, renormalize: {norm: frobenius}", "12:8 recipes.fit | ema beside renormalize | one of them: an average of weights of one norm has another | -" },
        { "epochs: 10", "epochs: 10, loss: {trades: {beta: 6, adversary: fgsm}}", "12:100 recipes.fit.loss.trades.adversary | fgsm | an adversary with attack: pgd, loss: kl, whose start is not zero | -; 21:10 steps.tuned | an adversary beside the loss trades | adversary: none: the loss has one of its own | -" },
        { "epochs: 10", "epochs: 1, schedule: {step: {every: 1, gamma: 1e-60}}", "12:98 recipes.fit.schedule.step.gamma | 1e-60 | a number above 0 and at most 10 | -" },
        { "epochs: 10", "epochs: 1, schedule: {multistep: {at: [1], gamma: 0.1}}", "12:91 recipes.fit.schedule.multistep.at[0] | 1 | a training of two epochs or more: one has no epoch within | -" },
        { "epochs: 10", "epochs: 10, schedule: {sequence: [{for: 10, schedule: cosine}, {schedule: constant}]}", "12:92 recipes.fit.schedule.sequence[0].for | 10 | a whole number from 1 to 9 | -" },
        { "{train: cnn, recipe: fit}", "{train: cnn, recipe: fit, regularize: {nuclear: {weight: 1}}}", "19:48 steps.base.regularize.nuclear | nuclear | one of: l1, group-lasso, nuclear-norm, tsc, cnc, orthogonal, spectral | -" },
        { "{train: cnn, recipe: fit}", "{train: cnn, recipe: fit, regularize: {cnc: {weight: -1, form: am}}}", "19:62 steps.base.regularize.cnc.weight | -1 | a number from 0 to 1000000 | -; 19:72 steps.base.regularize.cnc.form | am | one of: am-gm, released, log-ratio | -" },
        { "{train: cnn, recipe: fit}", "{train: cnn, recipe: fit, adversary: {use: pgd, fraction: 0, after: 10}}", "19:67 steps.base.adversary.fraction | 0 | a number above 0 and at most 1 | -; 19:77 steps.base.adversary.after | 10 | a whole number from 1 to 9 | -" },
        { "epochs: 10", "epochs: 10, schedule: {multistep: {at: [80%, 30%], gamma: 0.1}}", "12:97 recipes.fit.schedule.multistep.at[1] | 30% | an epoch after the 8 before it | -" },
        { "epochs: 10", "epochs: 10, schedule: {multistep: {at: [10], gamma: 0.1}}", "12:92 recipes.fit.schedule.multistep.at[0] | 10 | a whole number from 1 to 9 | -" },
        { "epochs: 10}", "epochs: 10}\n  a: {like: b}\n  b: {like: a}", "13:13 recipes.a.like | b | recipes that do not go in a circle | -; 14:13 recipes.b.like | a | recipes that do not go in a circle | -" },
        { "ratio: {each: [0.5, 0.7]}", "ratio: [0.5, 0.7]", "16:41 matrix.compress.filters.ratio | a list of 2 | a number above 0 and below 1, for example 0.1, 1e-3 or 8/255 | -" },
        { "ratio: {each: [0.5, 0.7]}", "ratio: {each: [0.5, 80]}", "16:54 matrix.compress.filters.ratio.each[1] | 80 | a number above 0 and below 1 | -" },
        { "ratio: {each: [0.5, 0.7]}", "ratio: {each: [0.5, 0.5]}", "16:54 matrix.compress.filters.ratio.each[1] | 0.5 | each value once | -" },
        { "ratio: {each: [0.5, 0.7]}", "ratio: 0.5, remove: no", "16:54 matrix.compress.filters.remove | no | true or false | did you mean false?" },
        { "ratio: {each: [0.5, 0.7]}", "ratio: 0.5, keep: 0.5", "16:41 matrix.compress.filters.ratio | 0.5 | one of ratio and keep | -" },
        { "method: filter-l1", "method: hydra", "16:23 matrix.compress.filters.method | hydra | one of: magnitude, n-m, learned-scores, filter-l1, filter-l2, neuron-l1, neuron-l2, svd, ptq, qat | -" },
        { "bits: {each: [8]}", "bits: 1", "17:30 matrix.compress.int.bits | 1 | a whole number from 2 to 16 | -" },
        { "min-max: f.train", "min-max: f.test", "17:64 matrix.compress.int.calibrate.min-max | f.test | a data set and its split: f.train, f.validation | -" },
        { "matrix:", "matrix:\n  only: []", "14:9 matrix.only | a list of 0 | a list of at least one entry, for example [{base: standard}] | -" },
        { "matrix:", "matrix:\n  only: [{compress: filtrs}]", "14:21 matrix.only[0].compress | filtrs | a value of compress: none, filters, filters/0.5, filters/0.7, int, int/8 | did you mean filters?" },
        { "matrix:", "matrix:\n  except: [{compress: [none, filters, int]}]", "14:3 matrix | no point left | only and except to leave at least one point | -" },
        { "matrix:", "matrix:\n  width: [1, 2]", "14:10 matrix.width | a list of 2 | {each: [...]} or named options | a list is one value; for one run of each write {each: [...]}" },
        { "matrix:", "matrix:\n  width: {each: [1, 2]}", "14:10 matrix.width | an axis nothing refers to | $width in a definition or step, or width in a when | -" },
        { "train: cnn", "train: cnm", "19:17 steps.base.train | cnm | a name in models: cnn | did you mean cnn?" },
        { "compress: $compress", "compress: $compres", "20:21 steps.small.compress | $compres | $ and the name of an axis or scale value: compress | did you mean compress?" },
        { "compress: $compress", "compress: $compress.how", "20:21 steps.small.compress | $compress.how | a key of compress filters/0.5: method, ratio | -; 20:21 steps.small.compress | $compress.how | a key of compress filters/0.7: method, ratio | -; 20:21 steps.small.compress | $compress.how | a key of compress int/8: method, bits, calibrate | -" },
        { "is not none", "is not nne", "20:51 steps.small.when | nne | a value of compress: none, filters, filters/0.5, filters/0.7, int, int/8 | did you mean none?" },
        { "when: compress is not none", "when: compress == none", "20:51 steps.small.when | compress == none | axis is value, axis is not value, or axis in [a, b], joined by and | -" },
        { "finetune: small", "finetunes: small", "21:11 steps.tuned.finetunes | unknown key finetunes | a key of a step: train, finetune, compress, attack, measure, model, data, recipe, adversary, when, of, parent, keep, regularize, mask, threat | did you mean finetune?" },
        { "finetune: small", "finetune: small, train: cnn", "21:28 steps.tuned.train | finetune and train in one step | one of them a step | -" },
        { "finetune: small", "finetune: weak", "21:21 steps.tuned.finetune | weak | a step that gives a model; weak does attack | -" },
        { "compress: $compress, model: base", "compress: $compress, model: tuned", "20:39 steps.small.model | tuned → small → tuned | steps that do not go in a circle | -; 21:21 steps.tuned.finetune | small → tuned → small | steps that do not go in a circle | -" },
        { "{train: cnn, recipe: fit}", "{train: cnn, recipe: fit, when: compress is int}", "20:39 steps.small.model | base | a step that runs, but base is left out by its when and has no model to stand for it | -" },
        { "data: f.test}\n  size", "data: f.tset}\n  size", "22:51 steps.weak.data | f.tset | a data set and its split: f.train, f.validation, f.test | did you mean f.test?" },
        { "data: f.test}\n  size", "data: f.validation}\n  size", "22:51 steps.weak.data | f.validation | validation: {count: 1000} in data.f | -" },
        { "measure: [accuracy, bytes]", "measure: [accurcy, bytes, lipschitz-constant]", $"23:20 steps.size.measure[0] | accurcy | one of: {Metrics} | did you mean accuracy?; 23:36 steps.size.measure[2] | lipschitz-constant | one of: {Metrics} | did you mean lipschitz-bound?; 23:77 steps.size.data | f.test | no data: bytes look at no examples | -" },
        { "base: {train: cnn, recipe: fit}", "base: {train: cnn, recipe: fit, regularize: {tsc: 1}}", "19:53 steps.base.regularize.tsc | 1 | the settings of tsc, for example {weight: 0.01} | -" },
        { "ledger: 1", "ledger: &v 1", "1:9 ledger | the anchor &v | no anchors: they are not taken | -" },
        { "ledger: 1", "ledger: !!int 1", "1:9 ledger | the tag tag:yaml.org,2002:int | no tags: a value is what its place asks for | -" },
        { "  cnn: {kind", "\tcnn: {kind", "7:1 - | a tab in the indentation | spaces | -" },
        { "when: compress is filters", "when: compress in [none, int]", "21:75 - | text that is not YAML | YAML: While parsing a flow mapping, did not find expected ',' or '}'. | inside braces write the condition in quotes: when: \"axis in [a, b]\"" },
        { "when: compress is filters", "when: \"\\0\"", "21:63 steps.tuned.when | text with U+0000 or half a character | whole characters | -" },
    };

    [Theory]
    [MemberData(nameof(Slips))]
    public void A_slip_is_reported_where_it_stands(string old, string changed, string problems) =>
        string.Join("; ", Specs.Problems(Specs.With((old, changed))).Select(Line)).ShouldBe(problems);

    [Theory]
    [MemberData(nameof(Slips))]
    public void What_is_found_stands_at_the_place_named(string old, string changed, string problems)
    {
        string[] lines = Specs.With((old, changed)).Split('\n');
        foreach (var problem in Specs.Problems(Specs.With((old, changed))))
        {
            string word = problem.Found.Replace("unknown key ", "").Replace("the anchor ", "");
            bool within = problem.Path?.EndsWith(".when") == true;
            if (lines[problem.Line!.Value - 1].Contains(word) && !within)
                lines[problem.Line.Value - 1][(problem.Column!.Value - 1)..].ShouldStartWith(word, Case.Sensitive, problems);
        }
    }

    [Fact]
    public void All_problems_come_at_once_in_the_order_of_the_file()
    {
        var problems = Specs.Problems(Specs.With(("eps: 8/255", "eps: 8"), ("finetune: small", "finetunes: small"), ("batch: 128", "batch: 0"), ("train: cnn", "train: dnn")));
        problems.Select(problem => problem.Line).ShouldBe([9, 12, 19, 21]);
    }

    [Fact]
    public void The_message_is_a_table_under_the_name_of_the_file()
    {
        string text = Specs.With(("eps: 8/255", "eps: 8"), ("batch: 128", "batch: 0"));
        Should.Throw<BadInput>(() => Specs.Resolve(text)).Message.ShouldBe(
            """
            my.yaml: 2 problems, nothing was run
              9:26   adversaries.pgd.eps  found 8, expected a number above 0 and at most 1 for norm linf in space pixel   did you mean 8/255?
              12:47  recipes.fit.batch    found 0, expected a whole number from 1 to 1000000
            """);
    }

    [Theory]
    [InlineData("", "1:1 - | nothing | an experiment: ledger: 1, experiment, seeds, steps, ... | -")]
    [InlineData("a: 1\n---\nb: 1\n", "2:1 - | a second document | one experiment a file | -")]
    [InlineData("a: &x 1\nb: *x\n", "2:4 b | an alias | the value itself: anchors and aliases are not taken | -")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "1:31 - | values nested too deep | at most 32 levels | -")]
    public void What_is_not_an_experiment_at_all_says_so(string text, string problem) =>
        Specs.Problems(text).Select(Line).ShouldContain(problem);

    [Theory]
    [InlineData("other", "3:9 scales | --scale other | one of: cpu, full | -")]
    [InlineData("ful", "3:9 scales | --scale ful | one of: cpu, full | did you mean full?")]
    public void A_scale_must_be_a_column(string scale, string problem) =>
        Line(Specs.Problems(Specs.With(("seeds:", "scales: {n: {cpu: 10, full: 200}}\nseeds:"), ("epochs: 10", "epochs: $n")), scale)[0]).ShouldBe(problem);

    [Fact]
    public void A_scale_without_scales_is_refused() =>
        Line(Specs.Problems(Specs.Small, "cpu").ShouldHaveSingleItem()).ShouldBe("1:1 - | --scale cpu | no scale: the file has no section scales | -");

    [Fact]
    public void Scales_have_the_same_columns() =>
        Specs.Problems(Specs.With(("seeds:", "scales: {n: {cpu: 10, full: 200}, m: {cpu: 1}}\nseeds:"))).Select(Line)
            .ShouldContain("3:38 scales.m | no full | every scale to have the columns cpu, full | -");

    [Fact]
    public void An_unused_definition_is_allowed_but_read()
    {
        Specs.Resolve(Specs.With(("models:", "models:\n  spare: {kind: mlp, hidden: [10]}"))).SpecDigest.ShouldBe(Specs.Resolve(Specs.Small).SpecDigest);
        Specs.Problems(Specs.With(("models:", "models:\n  spare: {kind: mpl}"))).ShouldHaveSingleItem().Hint.ShouldBe("did you mean mlp?");
    }

    [Fact]
    public void A_file_too_large_is_not_read()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("ledger-spec-").FullName, "large.yaml");
        File.WriteAllText(file, Specs.Small + "\n#" + new string('x', ReadSpec.Largest));
        Should.Throw<BadInput>(() => ReadSpec.Read(file)).Problems.ShouldHaveSingleItem().Expected.ShouldBe("an experiment file of at most 1048576 bytes");
        File.Delete(file);
    }

    [Theory]
    [InlineData("source: fashion-mnist-sample", "source: https://ada:hunter2@example.org/images", "5:27 - | a password in an address")]
    [InlineData("seeds: [1, 2]", "seeds: [1, 2]   # AKIAIOSFODNN7EXAMPLE", "3:19 - | an access key or token of a known form")]
    [InlineData("seeds: [1, 2]", "seeds: [1, 2]\ndatabase: {password: hunter2}", "4:22 - | a password or key with its value")]
    public void A_secret_is_refused_wherever_it_stands_and_not_repeated(string of, string to, string problem)
    {
        var problems = Specs.Problems(Specs.With((of, to)));

        Line(problems.ShouldHaveSingleItem()).ShouldBe($"{problem} | a file without secrets: it stays in the ledger as it is written | keep it on the machine that needs it");
    }

    [Fact]
    public void A_data_set_may_be_called_secret_and_a_model_token() =>
        Specs.Resolve(Specs.Small.Replace(" cnn:", " token:", StringComparison.Ordinal).Replace("train: cnn", "train: token", StringComparison.Ordinal).Replace("f:", "secret:", StringComparison.Ordinal)
            .Replace("f.", "secret.", StringComparison.Ordinal)).SpecDigest.Length.ShouldBe(64);

    [Fact]
    public void A_file_that_is_not_there_is_bad_input() =>
        Should.Throw<BadInput>(() => ReadSpec.Read("/nowhere/my.yaml")).Problems.ShouldHaveSingleItem().File.ShouldBe("/nowhere/my.yaml");

    [Fact]
    public void Bytes_that_are_not_text_are_bad_input()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("ledger-spec-").FullName, "bytes.yaml");
        File.WriteAllBytes(file, [0x61, 0xFF, 0xFE]);
        Should.Throw<BadInput>(() => ReadSpec.Read(file)).Problems.ShouldHaveSingleItem().Found.ShouldBe("bytes that are not UTF-8");
        File.Delete(file);
    }

    private static string Line(Problem p) => $"{p.Line}:{p.Column} {p.Path ?? "-"} | {p.Found} | {p.Expected} | {p.Hint ?? "-"}";
}
