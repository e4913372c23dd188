"""Who will come back, and what each customer is expected to spend: probability models of purchases.

NumPy arrays in, NumPy arrays out: nothing here knows an engine. A customer's history is x `frequency` (purchase days
after the first), t_x `recency` (time from the first to the last purchase day) and T `age` (time from the first
purchase day to the day of the prediction); the models take both times in weeks.
"""
