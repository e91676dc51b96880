"""What the hosted model answers on the public rows: for whoever may have these rows, and on no others."""

import io

import numpy as np
import pandas as pd
from rest_framework.test import APIClient

from bounty import arrays, public_data
from bounty.models import Competition, Team
from tests.api.conftest import problem


def test_a_version_answers_in_the_labels_own_words(
    as_alice: APIClient, team: Team, competition: Competition, at: str
) -> None:
    response = as_alice.get(f"{at}/versions/0/answers.csv")
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    answers = pd.read_csv(io.BytesIO(response.content))["answer"]
    codes = arrays.load(competition.versions.get(number=0).public_answers)
    assert answers.tolist() == np.array(competition.classes)[codes].tolist()
    assert len(answers) == public_data.load(competition).table.n_rows


def test_who_has_it_already_is_not_sent_it_again(as_alice: APIClient, team: Team, at: str) -> None:
    tag = as_alice.get(f"{at}/versions/0/answers.csv")["ETag"]
    assert as_alice.get(f"{at}/versions/0/answers.csv", HTTP_IF_NONE_MATCH=tag).status_code == 304
    assert as_alice.get(f"{at}/versions/0/answers.csv", HTTP_IF_NONE_MATCH='"another"').status_code == 200


def test_whoever_has_not_accepted_the_rules_is_refused(as_charlie: APIClient, at: str) -> None:
    problem(as_charlie.get(f"{at}/versions/0/answers.csv"), 409, "RULES_NOT_ACCEPTED")
