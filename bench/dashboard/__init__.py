"""How fast a study's page opens with many trials, beside optuna-dashboard on the same trials."""
