"""What the clients' cards say, and what is wrong with them: a client on two cards, a namesake, six
hotels with one telephone. The cards draw from streams of their own; second cards buy a little."""

from dataclasses import replace
from datetime import date
from random import Random

import world
from population import ONE_DAY, Client, day_between, stream


def fill_cards(clients: list[Client]) -> None:
    """Telephone, e-mail, tags and the last check; a few are missing, as always."""
    for client in clients:
        rng = stream("card", client.client_id)
        first = max(client.created_on, date(2022, 1, 1))
        verified_on = day_between(rng, first, world.DATA_END)
        if rng.random() < world.PHONE_SHARE:
            client.phone = f"+372 000 {client.number:04d}"
        if rng.random() < world.EMAIL_SHARE:
            client.email = f"{client.client_id.lower()}@example.com"
        if rng.random() < world.VERIFIED_SHARE:
            client.verified_on = verified_on
        tags = [tag for tag, share in world.TAG_SHARES.items() if rng.random() < share]
        client.tags = ", ".join(tags) or client.tags
    name_hotel_group(clients)
    name_namesakes(clients)
    clients += second_cards(clients)


def ordinary(client: Client) -> bool:
    """A client of long standing with a whole card, and with no other story."""
    special = client.client_id in world.STORY_CLIENTS or client.number in world.AWKWARD
    lasting = client.gap_days and client.last_on == world.DATA_END and not client.fades_from
    whole = client.phone and client.email and client.card_group and client.card_region
    owned = client.manager not in ("", world.LEAVING_MANAGER)
    return bool(whole and lasting and owned and not special and client.created_on.year < 2024)


def name_hotel_group(clients: list[Client]) -> None:
    """Story: six hotels of one group share its switchboard, and are six clients all the same."""
    hotels = [client for client in clients if client.group == "Hotels" and ordinary(client)]
    chosen = stream("hotel group").sample(hotels, len(world.GROUP_HOTELS))
    for client, name in zip(chosen, world.GROUP_HOTELS, strict=True):
        client.name, client.phone = name, world.GROUP_TELEPHONE
        client.tags = "hotel group"


def name_namesakes(clients: list[Client]) -> None:
    """Story: clients in different towns who share nothing but a name."""
    rng = stream("namesakes")
    taverns = [c for c in clients if c.group == "Restaurants" and ordinary(c)]
    for _ in range(world.NAMESAKES):
        first = rng.choice(taverns)
        second = rng.choice([client for client in taverns if client.region != first.region])
        second.name = first.name
        taverns = [client for client in taverns if client.name != first.name]


def second_cards(clients: list[Client]) -> list[Client]:
    """Story: some clients were entered twice, and buy a little on the second card too."""
    rng = stream("second cards")
    names = [client.name for client in clients]
    fit = [c for c in clients if ordinary(c) and c.gap_days > 10 and names.count(c.name) == 1]
    fit = [c for c in fit if c.yearly_value < world.DUPLICATE_LARGEST]
    fit = [c for c in fit if c.phone != world.GROUP_TELEPHONE]
    cards: list[Client] = []
    for by in world.DUPLICATES_BY:
        first = rng.choice([c for c in fit if written_otherwise(c.name, by)])
        fit = [client for client in fit if client is not first]
        number = len(clients) + len(cards) + 1
        created_on = day_between(rng, world.DUPLICATE_FIRST, world.DUPLICATE_LAST)
        second = replace(
            first,
            client_id=f"C{number:04d}",
            name=second_name(rng, first.name, by),
            created_on=created_on,
            first_on=created_on + ONE_DAY * rng.randint(3, 40),
            gap_days=first.gap_days * rng.uniform(2, 4),
            order_value=first.order_value // 2,
            phone=f"+372 000 {number:04d}" if by != "email" else "",
            email=f"c{number:04d}@example.com" if by in ("accent", "form") else "",
            tags="",
            verified_on=None,
        )
        if by == "email":
            second.email = rng.choice((first.email.upper(), first.email.capitalize()))
        elif by == "phone":
            writing = world.PHONE_WRITINGS[len(cards) % len(world.PHONE_WRITINGS)]
            second.phone = writing.format(first.phone[-4:])
        cards.append(second)
    return cards


def written_otherwise(name: str, by: str) -> bool:
    """Whether there is something about the name that can be written otherwise."""
    return {"accent": name.startswith("Café "), "form": name.endswith(" OÜ")}.get(by, True)


def second_name(rng: Random, name: str, by: str) -> str:
    """The name as somebody else wrote it down."""
    if by == "email":  # the same house under the name of its owners
        return f"{' & '.join(rng.sample(world.SECOND, 2))} OÜ"
    if by == "phone":  # two letters changed places
        at = next(
            at
            for at in range(len(name) // 2, len(name))
            if name[at : at + 2].islower()
            and name[at : at + 2].isalpha()
            and name[at] != name[at + 1]
        )
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return name.removesuffix(" OÜ") if by == "form" else f"{name.replace('é', 'e')} OÜ"
