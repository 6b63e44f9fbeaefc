"""The typed params of a study, one module a block, so that a stage depends only on the blocks it reads."""
