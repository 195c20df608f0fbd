"""Generated lines of a ledger."""

# 200,000 clients of 100 managers over 36 months; a few clients buy most; a client's shipments are
# of 3 lines and come from an assortment of 12 of the 600 products.
GENERATE = """
copy (
    select 'S' || lpad(cast(shipment as varchar), 8, '0') as shipment_id,
        date '2023-11-01' + cast(hash(shipment, 1) % 1096 as integer) as shipped_on,
        'C' || lpad(cast(client as varchar), 6, '0') as client_id,
        cast(client % 100 + 1 as varchar) as manager_id,
        'P' || lpad(cast(hash(client, hash(line) % 12) % 600 as varchar), 3, '0') as product_id,
        1 + hash(line, 2) % 40 as quantity,
        round(hash(line, 3) % 100000 / 100.0 - 20, 2) as revenue,
        round(hash(line, 3) % 100000 / 100.0 * 0.7, 2) as cost
    from (
        select i as line, i // 3 as shipment,
            cast(power(hash(i // 3, 4) % 1000000 / 1e6, 2) * 200000 as integer) as client
        from range({lines}) as numbers (i)
    )
) to '{path}' (header)
"""
