"""Operations, one file per concept; see CONTRIBUTING.md for how to add one."""
