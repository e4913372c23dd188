"""Side by side: the main job and its peers on the same logs, in one run."""
