"""Who was asked whether they would recommend the company, who answered, and what."""

from datetime import date
from random import Random

import world
from population import ONE_DAY, Client, day_between, draw, is_working_day, stream

PROMOTER, PASSIVE, DETRACTOR = range(3)
Asked = tuple[Client, date]  # whom, and the day on which the answer is due


def make_surveys(clients: list[Client]) -> list[list]:
    """All questions in the order in which they were asked, answered or not."""
    rows = [unheard_row()]
    for wave in world.SURVEYS:
        rows += make_wave(clients, *wave)
    return sorted(rows, key=lambda row: (row[2], row[3], str(row[0])))


def unheard_row() -> list:
    """Story: the largest detractor, whom nobody has spoken to since."""
    asked_on = world.UNHEARD_SINCE - 6 * ONE_DAY
    answered = world.UNHEARD_SINCE, world.UNHEARD_SCORE, asked_on
    return [*answered, world.UNHEARD_CLIENT, world.UNHEARD_COMMENT]


def make_wave(
    clients: list[Client], first: date, last: date, share: float, planted: dict[str, tuple]
) -> list[list]:
    """Questions and answers of one year; what is planted holds for its last answers."""
    rng = stream("surveys", str(first), world.SURVEY_DRAW)
    asked = ask(rng, clients, first, last, share)
    scores = planted_scores(rng, asked, planted) if planted else {}
    rows = []
    for client, day in asked:
        score = scores.get(client.client_id)
        if score is None and not (planted and is_planted(client, day)):
            usual = rng.random() < world.ANSWER_SHARE
            score = usual_score(rng, client) if usual else None
            again = day - ONE_DAY * rng.randint(60, 150)
            if usual and planted and rng.random() < world.TWICE_SHARE and again >= first:
                rows.append(answer(rng, usual_score(rng, client), again, client.client_id))
        if score is None:
            rows.append(["", "", day, client.client_id, ""])
        else:
            rows.append(answer(rng, score, day, client.client_id))
    for _ in range(world.ANONYMOUS_ANSWERS if planted else 0):
        rows.append(answer(rng, draw(rng, world.SCORES), working_day(rng, first, last), ""))
    return rows


def ask(rng: Random, clients: list[Client], first: date, last: date, share: float) -> list[Asked]:
    """Whom the company asks: who bought in the year before, and is somebody's client."""
    asked = []
    for client in clients:
        day, chance = working_day(rng, first, last), rng.random()
        bought = client.first_on <= day <= client.last_on + 400 * ONE_DAY and client.order_value
        told_apart = client.client_id == world.UNHEARD_CLIENT or not client.manager
        if bought and not told_apart:
            owner = client.owner(day)
            if chance < share * world.ASKED_MORE.get(owner, 1):
                asked.append((client, day))
    return asked


def is_planted(client: Client, day: date) -> bool:
    """Whether the answer is one of those that are dealt out."""
    dealt = client.card_group == world.COOLING_GROUP
    return dealt or client.owner(day) in (world.PHONE_MANAGER, world.FEW_ANSWERS_MANAGER)


def planted_scores(rng: Random, asked: list[Asked], planted: dict[str, tuple]) -> dict[str, int]:
    """Scores by client of two managers and of a group: so many promoters, passives, detractors."""
    parts: dict[str, list[Client]] = {key: [] for key in planted}
    for client, day in rng.sample(asked, len(asked)):
        owner = client.owner(day)
        if owner in planted:
            parts[owner].append(client)
        elif client.card_group == world.COOLING_GROUP:
            parts[world.COOLING_GROUP].append(client)
    kinds: dict[str, int] = {}
    for key, clients in parts.items():
        counts = list(planted[key])
        if key == world.COOLING_GROUP:  # less what its clients of the two managers said
            for client in (*parts[world.PHONE_MANAGER], *parts[world.FEW_ANSWERS_MANAGER]):
                if client.card_group == key and client.client_id in kinds:
                    counts[kinds[client.client_id]] -= 1
        kinds |= deal(rng, clients, counts)
    few = {client.client_id for client in parts[world.FEW_ANSWERS_MANAGER]}
    return {
        client_id: 10 if client_id in few else draw(rng, world.SCORES_OF[kind])
        for client_id, kind in kinds.items()
    }


def deal(rng: Random, clients: list[Client], counts: list[int]) -> dict[str, int]:
    """So many promoters, passives and detractors among shuffled clients, none of them large."""
    small = [client for client in clients if client.yearly_value < world.LOUD_CLIENT]
    unhappy = {client.client_id: DETRACTOR for client in small[: counts[DETRACTOR]]}
    others = [client for client in clients if client.client_id not in unhappy]
    kinds = [PROMOTER] * counts[PROMOTER] + [PASSIVE] * counts[PASSIVE]
    rng.shuffle(kinds)
    if len(others) < len(kinds):
        raise ValueError(f"{len(kinds)} answers wanted of {len(others)} clients")
    return unhappy | {client.client_id: kind for client, kind in zip(others, kinds, strict=False)}


def usual_score(rng: Random, client: Client) -> int:
    """A score; the largest clients are content, but for the one of the story."""
    score = draw(rng, world.SCORES)
    return max(score, 7) if client.yearly_value >= world.LOUD_CLIENT else score


def answer(rng: Random, score: int, day: date, client_id: str) -> list:
    """The row of an answer; few say why."""
    asked_on = day - ONE_DAY * rng.randint(0, 9)
    while not is_working_day(asked_on):
        asked_on -= ONE_DAY
    kind = PROMOTER if score >= 9 else PASSIVE if score >= 7 else DETRACTOR
    comment = rng.choice(world.COMMENTS[kind]) if rng.random() < world.COMMENT_SHARE else ""
    return [day, score, asked_on, client_id, comment]


def working_day(rng: Random, first: date, last: date) -> date:
    """A working day from the first to the last."""
    day = day_between(rng, first, last)
    while not is_working_day(day):
        day = day_between(rng, first, last)
    return day
