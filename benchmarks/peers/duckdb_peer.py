"""The query in DuckDB.

The log becomes a table first: its `rowid` is the input order, and unlike
`row_number()` leaves the reader its threads. `last()` would do without, but
under several threads it gives now one event of a key, now another.
"""

import duckdb

from benchmarks.peers.answer import Ranked, Task, task, write_answer

_FORMATS = {"lines": "newline_delimited", "array": "array"}

_LOAD = """
CREATE TEMP TABLE events AS
SELECT
    CASE WHEN type = 'CUSTOMER' THEN key ELSE customer_id END AS customer_id,
    type,
    event_time,
    CASE WHEN type = 'ORDER' THEN key END AS order_key,
    type = 'ORDER' AND verb = 'UPDATE' AS is_update,
    CASE WHEN type = 'ORDER' THEN replace(total_amount, ' USD', '')::DECIMAL(18, 4) END AS amount
FROM read_json($events, format = $format, columns = {
    type: 'VARCHAR', verb: 'VARCHAR', key: 'VARCHAR', event_time: 'TIMESTAMP',
    customer_id: 'VARCHAR', total_amount: 'VARCHAR'
})
"""

_RANK = """
WITH kept AS MATERIALIZED (
    SELECT customer_id, type, event_time, max(rowid) AS last_row
    FROM events
    GROUP BY ALL
), orders AS (
    SELECT
        customer_id, event_time, amount,
        max(CASE WHEN is_update THEN event_time END) OVER (PARTITION BY customer_id, order_key) AS updated
    FROM events
    WHERE type = 'ORDER' AND rowid IN (SELECT last_row FROM kept WHERE type = 'ORDER')
), spends AS (
    SELECT customer_id, sum(amount) AS spend
    FROM orders
    WHERE updated IS NULL OR event_time >= updated
    GROUP BY customer_id
), customers AS (
    SELECT
        customer_id,
        count(*) FILTER (type = 'SITE_VISIT') AS visits,
        min(event_time) AS first, max(event_time) AS last,
        min(event_time) FILTER (type = 'CUSTOMER') AS first_own,
        max(event_time) FILTER (type = 'CUSTOMER') AS last_own
    FROM kept
    GROUP BY customer_id
)
SELECT
    customer_id, visits, coalesce(spend, 0) AS spend,
    coalesce(first_own, first)::DATE, coalesce(last_own, last)::DATE
FROM customers LEFT JOIN spends USING (customer_id)
ORDER BY visits * coalesce(spend, 0) DESC, customer_id
LIMIT $top
"""


def main(job: Task) -> None:
    """Answer the query."""
    connection = duckdb.connect()
    connection.execute(_LOAD, {"events": job.events, "format": _FORMATS[job.form]})
    rows = connection.execute(_RANK, {"top": job.top}).fetchall()
    write_answer((Ranked(*row) for row in rows), job.out)


if __name__ == "__main__":
    main(task())
