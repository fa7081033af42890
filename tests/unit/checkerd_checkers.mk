# Unit tests of checkerd/checkers.
