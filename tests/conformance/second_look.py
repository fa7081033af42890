"""On a busy machine a step of a case may come too late, for either program. So cases that differ are run once more, by themselves,
and it is what they do then that counts: a real difference is there again. Many at once are no accident and stand as they are."""
MOST = 10


def second_look(wrong, results, names, run):
    """`wrong`: indices of the cases that differ. `results`: a list for each program, which the second run's go into.
    `run(indices)`: the two programs' results of those."""
    if not 0 < len(wrong) <= MOST:
        return
    print("run again: " + ", ".join(names[at] for at in wrong))
    for before, again in zip(results, run(wrong)):
        for at, result in zip(wrong, again):
            before[at] = result


def unequal(theirs, ours):
    return [at for at, (one, other) in enumerate(zip(theirs, ours)) if one != other]
