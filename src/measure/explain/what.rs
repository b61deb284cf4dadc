//! The words for what happened at a break, finer than the provider's reasons, and for the kinds of
//! fixes.

use serde::Serialize;

/// What exactly happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The same tools in another order.
    ToolsReordered,
    /// More tools.
    ToolAdded,
    /// Fewer tools.
    ToolRemoved,
    /// Some tools went, others came.
    ToolsReplaced,
    /// The description of a tool changed.
    ToolDescription,
    /// Anything else of a tool changed.
    ToolSchema,
    /// A value that is new in every request stands in a part that should not change.
    VaryingValue,
    /// The instructions changed.
    InstructionsChanged,
    /// The permissions were rewritten.
    PermissionsChanged,
    /// A developer message was rewritten.
    DeveloperChanged,
    /// AGENTS.md was rewritten in place.
    AgentsMdChanged,
    /// The environment block was rewritten in place.
    EnvironmentRewritten,
    /// A message of the user changed.
    MessageEdited,
    /// What the model said was sent back otherwise.
    AnswerRewritten,
    /// The output of a tool became a placeholder.
    ToolOutputCleared,
    /// The output of a tool was shortened after it had been sent.
    ToolOutputTruncated,
    /// The output of a tool says something else.
    ToolOutputChanged,
    /// Several items behind the beginning are gone.
    HistoryDropped,
    /// One item is gone.
    ItemRemoved,
    /// Reasoning that was sent is gone.
    ReasoningDropped,
    /// An item was put between what had been sent.
    ItemInserted,
    /// The same items in another order.
    ItemsReordered,
    /// An image changed, came or went.
    ImageChanged,
    /// Other bytes of the same meaning.
    Reserialised,
    /// The last item is taken away and another one put behind what is new.
    TailReplaced,
    /// Only the end is gone: what is left is a prefix still.
    RolledBack,
    /// The end is gone, and the user said something else in its place.
    Branched,
    /// What an unfinished step had sent is gone.
    StepDropped,
    /// Nothing of the history is the same.
    HistoryReplaced,
    /// The history was compacted.
    Compacted,
    /// A request for a compaction that is built unlike a turn.
    SideRequest,
    /// A setting changed that caches are keyed by.
    SettingChanged,
    /// The entry is older than providers promise to keep it.
    Expired,
    /// Nothing in the log says why.
    Unexplained,
}

/// Kinds of fixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fix {
    /// Sort the tools.
    SortTools,
    /// Announce all tools from the start; late ones go to the end of the prompt.
    AnnounceTools,
    /// Leave tools in the list and choose with `allowed_tools`.
    AllowedTools,
    /// Make tool definitions constants.
    FreezeTools,
    /// Move what varies behind the history.
    MoveBehindHistory,
    /// Append what is new instead of rewriting.
    Append,
    /// Send back what was sent, byte for byte.
    KeepBytes,
    /// Shorten before the first time, never after.
    TruncateEarly,
    /// Clear or drop seldom, and much at once.
    Batch,
    /// Compact less often.
    CompactRarely,
    /// Keep the setting, or branch.
    KeepSetting,
    /// Build requests for a compaction like turns.
    ReuseTurn,
    /// Separate the conversations.
    Separate,
    /// Keep the entry warm, or pay for a longer lifetime.
    KeepWarm,
    /// Send requests of a conversation to one place.
    Route,
    /// Nothing.
    Nothing,
}

impl What {
    /// The name in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ToolsReordered => "tools_reordered",
            Self::ToolAdded => "tool_added",
            Self::ToolRemoved => "tool_removed",
            Self::ToolsReplaced => "tools_replaced",
            Self::ToolDescription => "tool_description",
            Self::ToolSchema => "tool_schema",
            Self::VaryingValue => "varying_value",
            Self::InstructionsChanged => "instructions_changed",
            Self::PermissionsChanged => "permissions_changed",
            Self::DeveloperChanged => "developer_changed",
            Self::AgentsMdChanged => "agents_md_changed",
            Self::EnvironmentRewritten => "environment_rewritten",
            Self::MessageEdited => "message_edited",
            Self::AnswerRewritten => "answer_rewritten",
            Self::ToolOutputCleared => "tool_output_cleared",
            Self::ToolOutputTruncated => "tool_output_truncated",
            Self::ToolOutputChanged => "tool_output_changed",
            Self::HistoryDropped => "history_dropped",
            Self::ItemRemoved => "item_removed",
            Self::ReasoningDropped => "reasoning_dropped",
            Self::ItemInserted => "item_inserted",
            Self::ItemsReordered => "items_reordered",
            Self::ImageChanged => "image_changed",
            Self::Reserialised => "reserialised",
            Self::TailReplaced => "tail_replaced",
            Self::RolledBack => "rolled_back",
            Self::Branched => "branched",
            Self::StepDropped => "step_dropped",
            Self::HistoryReplaced => "history_replaced",
            Self::Compacted => "compacted",
            Self::SideRequest => "side_request",
            Self::SettingChanged => "setting_changed",
            Self::Expired => "expired",
            Self::Unexplained => "unexplained",
        }
    }

    /// What it is, for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ToolsReordered => "the same tools in another order",
            Self::ToolAdded => "tool added",
            Self::ToolRemoved => "tool removed",
            Self::ToolsReplaced => "other tools",
            Self::ToolDescription => "description of a tool changed",
            Self::ToolSchema => "definition of a tool changed",
            Self::VaryingValue => "a value that varies, in the prefix",
            Self::InstructionsChanged => "instructions changed",
            Self::PermissionsChanged => "permissions rewritten in place",
            Self::DeveloperChanged => "developer message rewritten in place",
            Self::AgentsMdChanged => "AGENTS.md rewritten in place",
            Self::EnvironmentRewritten => "environment block rewritten in place",
            Self::MessageEdited => "message edited after it was sent",
            Self::AnswerRewritten => "the model's answer sent back otherwise",
            Self::ToolOutputCleared => "tool output cleared",
            Self::ToolOutputTruncated => "tool output truncated after it was sent",
            Self::ToolOutputChanged => "tool output changed after it was sent",
            Self::HistoryDropped => "history dropped",
            Self::ItemRemoved => "item removed",
            Self::ReasoningDropped => "reasoning dropped",
            Self::ItemInserted => "item inserted before what was sent",
            Self::ItemsReordered => "items in another order",
            Self::ImageChanged => "image changed",
            Self::Reserialised => "the same, written in other bytes",
            Self::TailReplaced => "volatile last item",
            Self::RolledBack => "end of the history taken back",
            Self::Branched => "end of the history replaced by another message",
            Self::StepDropped => "unfinished step left out",
            Self::HistoryReplaced => "another history",
            Self::Compacted => "history compacted",
            Self::SideRequest => "request for a compaction, built unlike a turn",
            Self::SettingChanged => "setting changed",
            Self::Expired => "cache entry probably expired",
            Self::Unexplained => "not found in the cache",
        }
    }

    /// Whether somebody went back to an earlier place of the conversation: that is no mistake, and
    /// nothing of what was given up is sent again.
    #[must_use]
    pub fn is_given_up(self) -> bool {
        matches!(self, Self::RolledBack | Self::Branched | Self::StepDropped)
    }

    pub(super) fn fix(self, expected: bool) -> Fix {
        match self {
            Self::RolledBack | Self::Branched | Self::StepDropped => Fix::Nothing,
            Self::ToolOutputCleared | Self::HistoryDropped => Fix::Batch,
            _ if expected => Fix::CompactRarely,
            Self::ToolsReordered => Fix::SortTools,
            Self::ToolAdded => Fix::AnnounceTools,
            Self::ToolRemoved | Self::ToolsReplaced => Fix::AllowedTools,
            Self::ToolDescription | Self::ToolSchema => Fix::FreezeTools,
            Self::VaryingValue | Self::TailReplaced => Fix::MoveBehindHistory,
            Self::InstructionsChanged
            | Self::PermissionsChanged
            | Self::DeveloperChanged
            | Self::AgentsMdChanged
            | Self::EnvironmentRewritten
            | Self::MessageEdited
            | Self::ItemInserted => Fix::Append,
            Self::AnswerRewritten
            | Self::ToolOutputChanged
            | Self::ItemRemoved
            | Self::ReasoningDropped
            | Self::ItemsReordered
            | Self::ImageChanged
            | Self::Reserialised => Fix::KeepBytes,
            Self::ToolOutputTruncated => Fix::TruncateEarly,
            Self::HistoryReplaced => Fix::Separate,
            Self::Compacted => Fix::CompactRarely,
            Self::SideRequest => Fix::ReuseTurn,
            Self::SettingChanged => Fix::KeepSetting,
            Self::Expired => Fix::KeepWarm,
            Self::Unexplained => Fix::Route,
        }
    }
}
