"""Ways of running a launch plan: every runtime takes the same plan."""
