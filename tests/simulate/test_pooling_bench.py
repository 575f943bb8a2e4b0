from simulate.pooling_bench import run_trial


def test_sharing_samples_helps_and_lies_in_them_do_little():
    figures = run_trial(0)
    assert figures["error_pooled_over_alone"] < 0.75
    assert 1.0 <= figures["friend_of_liar_with_40"] < 1.2
    assert 0.85 < figures["victim_of_liar_with_40"] <= 1.0
    assert figures["false_alarms_per_look"] <= 0.05
    assert figures["favour_of_1_found"] > 0.9
