"""The method of the paper, a stage a module: arrays in, one frozen result out. Stages know no run."""
