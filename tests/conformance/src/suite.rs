//! Which cases there are. `store_suite!`, `mailbox_suite!` and `link_suite!` make one test of each.

/// One test per case of every store port. `$backend` is evaluated anew for each test.
#[macro_export]
macro_rules! store_suite {
    ($backend:expr) => {
        $crate::suite_tests! { $backend;
            inbox: accept_is_idempotent, ids_are_per_sender, other_bytes_are_quarantined,
                accepted_rows_survive_a_restart, leases_are_exclusive_and_end, leases_of_large_messages_are_small,
                late_settlement_of_a_lost_lease_is_harmless, list_filters_and_pages,
                redrive_makes_a_dead_row_pending, oversized_call_is_refused;
            parts: parts_are_kept_until_their_time, repeated_part_replaces, complete_settles_the_waiting_messages,
                expired_messages_are_dead, expired_message_waits_again_after_a_redrive, parts_survive_a_restart;
            settle: settlement_applies_everything_once, stale_triggers_are_already_done,
                already_done_comes_before_conflict, conflicts_are_found, closing_frees_the_join_key,
                bad_settlement_costs_itself, impossible_settlements_are_refused, outgoing_ids_are_written_once,
                timers_rest_on_case_versions, concurrent_settlements_apply_once;
            cases: cases_are_found_by_join_key, list_filters_and_pages, sources_are_appended, assignments_fall_due;
            outbox: due_messages_come_oldest_first, an_answer_has_bounded_bytes, retry_holds_back_its_case_only,
                retries_of_a_case_keep_their_order, dead_messages_can_be_redriven,
                an_end_is_recorded_with_its_note, late_results_change_nothing, results_survive_a_restart;
            plugins: a_quarantine_holds_what_comes_and_what_failed, ending_it_lets_everything_go_on,
                parts_get_the_time_of_a_quarantine_on_top, a_redrive_in_quarantine_is_held,
                activations_are_recorded_once, the_newest_trial_is_found, quarantines_survive_a_restart;
            acts: an_act_is_written_on_its_own_version, impossible_acts_are_refused, acts_are_listed, a_denial_is_kept,
                accounts_are_kept;
            publication: decided_entries_are_read_in_pages, the_newest_pending_message_is_known,
                a_message_s_case_is_found, reconciliations_are_kept;
            files: a_file_holds_all_of_one_entity, entities_are_listed, acts_are_due_at_their_time;
            audit: chain_is_whole, intake_names_the_message, histories_are_found, counts_start_at_nothing;
            model: random_operations_agree_with_the_model;
        }
    };
}

/// One test per case of what a transport connects, on both sides. `$backend` is a [`LinkBackend`](crate::LinkBackend).
#[macro_export]
macro_rules! link_suite {
    ($backend:expr) => {
        $crate::suite_tests! { $backend;
            outgoing: content_and_properties_are_preserved, outcomes_stand_in_the_order_of_the_batch,
                cases_keep_their_order, a_full_queue_refuses_and_no_message_overtakes,
                what_is_not_acknowledged_comes_again, nothing_comes_twice_while_unacknowledged,
                several_readers_share_a_queue, agencies_are_kept_apart, an_id_published_again_is_as_promised,
                confirmed_messages_survive_a_restart;
            incoming: a_message_is_taken_once, a_message_without_an_id_gets_one_from_its_bytes,
                other_bytes_under_an_id_are_quarantined, senders_are_kept_apart, an_agency_s_order_is_kept;
            turmoil: resubscribing_loses_nothing, a_gateway_that_ends_while_publishing_loses_nothing,
                a_gateway_that_ends_while_taking_loses_nothing;
        }
    };
}

/// One test per case of the embedded queue's own port, which goes beyond what every transport does.
#[macro_export]
macro_rules! mailbox_suite {
    ($backend:expr) => {
        $crate::suite_tests! { $backend;
            mailbox: publish_queues_an_id_once, unacknowledged_messages_come_again, cases_keep_their_order,
                acknowledgement_removes, leases_end_with_the_process, agencies_are_kept_apart;
        }
    };
}

/// Makes the tests; used by those above.
#[macro_export]
macro_rules! suite_tests {
    ($backend:expr; $($port:ident: $($case:ident),+;)+) => {
        $(
            mod $port {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $case() {
                        $crate::$port::$case(&$backend).await;
                    }
                )+
            }
        )+
    };
}
