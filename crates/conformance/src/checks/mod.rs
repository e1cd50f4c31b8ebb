//! The checks, each a function whose name is the sentence that it proves.

mod failures;
mod follow;
mod ids;
mod plan;
mod rate;
mod stop;
mod struck;

use futures_util::future::BoxFuture;

use crate::suite::{Check, Suite};

type Run = for<'a> fn(&'a Suite<'a>) -> BoxFuture<'a, Check>;

macro_rules! checks {
    ($($module:ident: $($name:ident),+;)+) => {
        /// In the order in which they run.
        pub(crate) const ALL: &[(&str, Run)] = &[
            $($((stringify!($name), |suite| Box::pin($module::$name(suite))),)+)+
        ];
    };
}

checks! {
    plan:
        the_provider_has_a_valid_name,
        the_capabilities_are_consistent,
        plan_sends_nothing_and_always_says_the_same,
        plan_stays_under_the_base_url,
        plan_tells_the_cut_as_the_provider_will_make_it,
        a_cut_that_the_provider_cannot_make_is_refused_unsent,
        a_cut_that_needs_an_anchor_is_refused_without_one,
        an_anchor_that_is_not_needed_changes_nothing,
        a_visibility_is_in_the_plan_or_refused;
    stop:
        a_stop_sends_exactly_what_plan_said,
        a_stop_without_a_cut_keeps_everything,
        a_cut_that_ends_after_what_was_recorded_ends_nothing,
        a_cut_by_offsets_keeps_exactly_the_effective_interval,
        a_cut_by_wall_clock_keeps_exactly_the_effective_interval,
        a_visibility_reaches_the_server,
        a_stop_through_arc_and_box_is_the_same,
        stops_of_many_streams_at_once_do_not_mix,
        a_dropped_stop_is_never_sent_twice;
    ids:
        an_id_of_special_characters_names_exactly_that_stream;
    failures:
        an_unknown_stream_is_not_found,
        a_wrong_credential_is_unauthorized,
        an_unreachable_provider_causes_nothing,
        a_timeout_of_zero_times_out_truthfully,
        a_refused_stop_causes_nothing,
        a_rate_limited_stop_is_applied_once_or_not_at_all,
        a_stop_answered_503_is_not_repeated,
        a_stop_applied_and_answered_503_is_not_denied,
        a_stop_answered_in_garbage_is_not_denied,
        a_stop_whose_connection_broke_is_not_denied;
    rate:
        a_rate_limited_stop_is_retried_by_default,
        a_paced_stop_asks_before_each_call,
        a_stop_without_a_turn_sends_no_more;
    follow:
        status_tells_before_from_after,
        a_ticket_goes_on_in_another_process,
        a_ticket_of_another_provider_or_tenant_is_refused_unsent,
        a_forged_ticket_reaches_nothing_else,
        a_forged_ticket_that_owes_a_cut_changes_nothing,
        a_recording_is_never_ready_before_it_is,
        following_again_changes_nothing;
    struck:
        a_follow_struck_in_any_of_its_calls_claims_the_truth;
    // Last: they look back on all calls of the others.
    failures:
        every_error_keeps_the_contract,
        nothing_shows_a_secret;
}
