"""Probability models of purchases: who will come back, and what each customer is expected to spend.

The models take and return NumPy arrays. `purchases` runs in the engine, `scoring` and `methods` in its tasks.
A customer's history is x `frequency` (purchase days after the first), t_x `recency` (time from the first to the last
purchase day) and T `age` (time from the first purchase day to the day of the prediction); the models take both times
in weeks.
"""
