"""Who will come back, and what each customer is expected to spend: probability models of purchases.

The models take and give NumPy arrays; `purchases` (the engine) and `scoring` and `methods` (its tasks) bring them
customers. A customer's history is x `frequency` (purchase days
after the first), t_x `recency` (time from the first to the last purchase day) and T `age` (time from the first
purchase day to the day of the prediction); the models take both times in weeks.
"""
