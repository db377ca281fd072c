"""New run: your data and two models in, a run out; what is in work, and what became of the others."""

from dashboard.panels.new_run import listing as new_run_list
from dashboard.panels.new_run import page as new_run
from dashboard.widgets.frame import title

title("New run", "Your data and two models in, a run out, as with the command paser run.")
known = new_run_list.in_work()
new_run.form_or_models()
new_run_list.other_runs(known)
