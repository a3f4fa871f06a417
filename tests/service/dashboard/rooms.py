"""Every page of the dashboard, for tests that hold for all of them."""


def rooms(study: int, trials: dict[str, int]) -> list[str]:
    """Their paths, for a study with the trials of `filling.study_of_each`."""
    two = ",".join(str(trials[name]) for name in ("good", "worse"))
    return [
        "/",
        "/new",
        f"/studies/{study}",
        f"/trials/{trials['good']}",
        f"/trials/{trials['diverged']}",
        f"/trials/{trials['failed']}",
        f"/compare?trials={two}",
        "/compare",
        "/checks",
        "/checks/update_ratio",
        "/fleet",
        "/access",
    ]
