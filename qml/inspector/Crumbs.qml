pragma ComponentBehavior: Bound

import QtQuick
import Berth
import "../components"

// The element and what it is inside of. The arrows go to the parent, to the first child and to its siblings.
FocusScope {
    id: crumbs

    Accessible.role: Accessible.List
    Accessible.name: qsTr("Element %1. Left: parent, right: child, up and down: beside.").arg(Inspector.name)
    activeFocusOnTab: true
    implicitHeight: flow.implicitHeight

    Keys.onDownPressed: Inspector.go("next")
    Keys.onLeftPressed: Inspector.go(LayoutMirroring.enabled ? "child" : "parent")
    Keys.onRightPressed: Inspector.go(LayoutMirroring.enabled ? "parent" : "child")
    Keys.onUpPressed: Inspector.go("previous")

    Flow {
        id: flow

        spacing: Tokens.space.xs
        width: parent.width

        Repeater {
            model: Inspector.crumbs

            delegate: Choice {
                required property var modelData

                Accessible.role: Accessible.ListItem
                autoExclusive: false
                checkable: false
                checked: modelData.path === Inspector.path
                focusPolicy: Qt.NoFocus
                horizontalPadding: Tokens.space.sm
                implicitHeight: Tokens.size.iconLarge
                text: modelData.name
                width: Math.min(implicitWidth, flow.width)
                within: "inspector"

                onClicked: Inspector.choose(modelData.path)
            }
        }
    }

    FocusRing {
        target: flow
        visible: crumbs.activeFocus
    }
}
